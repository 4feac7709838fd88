// hiredis's blocking client: what the raw limit on Redis goes through. Roost's own client uses its reader alone.
#pragma once

#if defined(__has_include) && __has_include(<hiredis/hiredis.h>)
#include <hiredis/hiredis.h>
#else
#include <hiredis.h>
#endif

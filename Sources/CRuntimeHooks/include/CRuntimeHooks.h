#pragma once

/// Names the calling thread, as debuggers and `top -H` show it. At most 15 bytes are kept on Linux.
void roost_set_thread_name(const char *name);

/// Keeps `inbox` for the calling thread, which is one of Roost's own.
void roost_set_inbox(void *inbox);

/// What was kept for the calling thread; NULL on a thread that is not Roost's own.
void *roost_inbox(void);

/// Has `handler` called in the throwing thread before each Swift throw, or, with NULL, no more. The error is not
/// passed on, since a typed throw has no boxed one.
void roost_set_will_throw_handler(void (*handler)(void));

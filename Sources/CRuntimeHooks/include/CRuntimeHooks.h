#pragma once

/// Names the calling thread, as debuggers and `top -H` show it. At most 15 bytes are kept on Linux.
void roost_set_thread_name(const char *name);

/// Marks the calling thread as one of Roost's own, for its life.
void roost_own_thread(void);

/// Whether the calling thread is one of Roost's own.
int roost_is_own_thread(void);

/// Has `handler` called in the throwing thread before each Swift throw, or, with NULL, no more. The error is not
/// passed on, since a typed throw has no boxed one.
void roost_set_will_throw_handler(void (*handler)(void));

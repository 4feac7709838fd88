#define _GNU_SOURCE
#include "CRuntimeHooks.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

void roost_set_thread_name(const char *name) {
#if defined(__APPLE__)
    pthread_setname_np(name);
#else
    pthread_setname_np(pthread_self(), name);
#endif
}

static _Thread_local void *own_inbox = NULL;

void roost_set_inbox(void *inbox) { own_inbox = inbox; }

void *roost_inbox(void) { return own_inbox; }

// The Swift runtime's own hooks (stdlib/public/runtime/ErrorObject.h): one for `throws`, one for `throws(E)`. Weak, so
// that a runtime without them links, and takes no stacks.
extern void _swift_setWillThrowHandler(void (*handler)(void *)) __attribute__((weak));
extern _Atomic(void (*)(void *, const void *, const void *)) _swift_willThrowTypedImpl __attribute__((weak));

static _Atomic(void (*)(void)) current = NULL;

// Taking a stack may itself throw.
static _Thread_local int is_handling = 0;

static void handle(void) {
    void (*handler)(void) = atomic_load(&current);
    if (!handler || is_handling) return;
    is_handling = 1;
    handler();
    is_handling = 0;
}

static void will_throw(void *error) {
    (void)error;
    handle();
}

static void will_throw_typed(void *error, const void *type, const void *conformance) {
    (void)error, (void)type, (void)conformance;
    handle();
}

void roost_set_will_throw_handler(void (*handler)(void)) {
    atomic_store(&current, handler);
    if (_swift_setWillThrowHandler) _swift_setWillThrowHandler(handler ? will_throw : NULL);
    if (&_swift_willThrowTypedImpl) atomic_store(&_swift_willThrowTypedImpl, handler ? will_throw_typed : NULL);
}

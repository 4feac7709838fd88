// hiredis's reader of the Redis protocol, behind one shape for hiredis 0.14 and 1.x.
#pragma once

#include <stddef.h>

// pkg-config names the folder itself. Where it was not asked, the folder is in one that is searched anyway.
#if __has_include(<hiredis.h>)
#include <read.h>
#else
#include <hiredis/read.h>
#endif

// hiredis 1.x counts the elements of an array in size_t; it is also the first that knows doubles.
#ifdef REDIS_REPLY_DOUBLE
typedef size_t roost_count;
#else
typedef int roost_count;
#endif

// What is called, in order, for each part of a reply; an array comes before its elements.
typedef struct roost_reply_calls {
    void *context;
    // A bulk string, a status or an error: REDIS_REPLY_STRING, _STATUS or _ERROR.
    void (*text)(void *context, int type, const char *bytes, size_t count);
    void (*array)(void *context, size_t count);
    void (*integer)(void *context, long long value);
    void (*null)(void *context);
} roost_reply_calls;

// hiredis asks for an object a part, and takes any pointer but NULL for one.
static inline void *roost_reply_text(const redisReadTask *task, char *bytes, size_t count) {
    roost_reply_calls *calls = (roost_reply_calls *)task->privdata;
    calls->text(calls->context, task->type, bytes, count);
    return calls;
}

static inline void *roost_reply_array(const redisReadTask *task, roost_count count) {
    roost_reply_calls *calls = (roost_reply_calls *)task->privdata;
    calls->array(calls->context, (size_t)count);
    return calls;
}

static inline void *roost_reply_integer(const redisReadTask *task, long long value) {
    roost_reply_calls *calls = (roost_reply_calls *)task->privdata;
    calls->integer(calls->context, value);
    return calls;
}

static inline void *roost_reply_null(const redisReadTask *task) {
    roost_reply_calls *calls = (roost_reply_calls *)task->privdata;
    calls->null(calls->context);
    return calls;
}

static inline void roost_reply_free(void *object) { (void)object; }

// A reader that tells `calls` of each part; `functions` and `calls` must outlive it. NULL: no memory.
static inline redisReader *roost_reader_create(redisReplyObjectFunctions *functions, roost_reply_calls *calls) {
    functions->createString = roost_reply_text;
    functions->createArray = roost_reply_array;
    functions->createInteger = roost_reply_integer;
    functions->createNil = roost_reply_null;
    functions->freeObject = roost_reply_free;
    redisReader *reader = redisReaderCreateWithFunctions(functions);
    if (reader == NULL) return NULL;
    reader->privdata = calls;
    // A buffer as large as a reply of many jobs is kept for the next one.
    reader->maxbuf = 1024 * 1024;
    return reader;
}

// 1: a reply is complete; 0: more bytes are needed; -1: this is not the protocol.
static inline int roost_reader_next(redisReader *reader) {
    void *reply = NULL;
    if (redisReaderGetReply(reader, &reply) != REDIS_OK) return -1;
    return reply == NULL ? 0 : 1;
}

static inline const char *roost_reader_error(const redisReader *reader) { return reader->errstr; }

// What the SQLite store needs of the kernel and Swift cannot say: locks that belong to an open file, a table of
// sleepers in shared memory, and datagram sockets with short paths.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// MARK: Locks

// Locks one byte of the file for as long as `fd` stays open; true if it is locked now.
// The lock belongs to the open file, not to the process: the kernel frees it on kill -9, and closing another
// descriptor of the same file does not.
bool roost_lock_byte(int fd, int64_t offset);

// Locks all bytes, also those that are locked through `fd` already; false if another open file has any of them locked.
bool roost_lock_all_bytes(int fd);

// Whether the open file still has a name.
bool roost_is_linked(int fd);

// Locks one byte as roost_lock_byte does, but so that others may lock it in this same way.
bool roost_share_byte(int fd, int64_t offset);

// Frees the byte.
void roost_unlock_byte(int fd, int64_t offset);

// 1: another open file has the byte locked; 0: nobody has; -1: cannot be told.
int roost_byte_is_locked(int fd, int64_t offset);

// flock(LOCK_EX | LOCK_NB): 0, or the errno.
int roost_try_flock(int fd);
// flock(LOCK_EX), however long it takes: 0, or the errno.
int roost_flock(int fd);
void roost_unflock(int fd);

// Opens, and creates with `mode` if need be, a file that a child process does not inherit: a descriptor, or -errno.
int roost_open(const char *path, unsigned mode);

// MARK: Sleepers

#define ROOST_SLOTS 256

// One process that may be asleep, in a file that all processes of one database map.
struct roost_slot;
struct roost_slots;

// Maps the table in `fd`, which it makes large enough; NULL if it cannot.
struct roost_slots *roost_slots_map(int fd);
void roost_slots_unmap(struct roost_slots *slots);

// Asks to be woken for `topics` too.
void roost_slot_arm(struct roost_slots *slots, int index, uint32_t topics);
// Asks to be woken for nothing.
void roost_slot_clear(struct roost_slots *slots, int index);
// Takes the topics of `topics` that the slot sleeps for and clears them; 0: it need not be woken.
uint32_t roost_slot_take(struct roost_slots *slots, int index, uint32_t topics);
// The number of slots ever used, so that a writer need not look at all.
int roost_slots_used(struct roost_slots *slots);
// Notes that slot `index` is in use.
void roost_slots_use(struct roost_slots *slots, int index);

// MARK: Sockets

// A datagram socket bound to `path`, which is removed first: a descriptor, or -errno.
int roost_bell_open(const char *path);
// A datagram socket to ring with: a descriptor, or -errno.
int roost_ringer_open(void);
// Rings the bell at `path`. Never waits; a full or missing bell is no matter.
void roost_ring(int ringer, const char *path, uint32_t topics);
// Waits until the bell rings or `milliseconds` are over (-1: for ever). The topics of all rings so far; 0: none.
uint32_t roost_bell_wait(int bell, int milliseconds);

// MARK: Machine

// What tells one boot of this machine from another, at most 63 bytes; false if it cannot be told.
bool roost_boot_id(char *into, size_t size);
// The device and inode of the file; false if there is none.
bool roost_file_key(const char *path, uint64_t *device, uint64_t *inode);
// Makes the directory, or accepts one that is there; true if it belongs to this user alone.
bool roost_private_directory(const char *path);
unsigned roost_user_id(void);
void roost_pause_microseconds(unsigned microseconds);

#if defined(__linux__)
#define _GNU_SOURCE
#endif

#include "CDoorbell.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#if defined(__APPLE__)
#include <sys/sysctl.h>
#endif

// XNU has had these since macOS 10.15; older headers do not name them.
#if defined(__APPLE__) && !defined(F_OFD_SETLK)
#define F_OFD_SETLK 90
#define F_OFD_GETLK 92
#endif

static struct flock one_byte(short type, int64_t offset) {
    struct flock lock;
    memset(&lock, 0, sizeof lock);
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_start = (off_t)offset;
    lock.l_len = 1;
    return lock;
}

bool roost_lock_byte(int fd, int64_t offset) {
    struct flock lock = one_byte(F_WRLCK, offset);
    return fcntl(fd, F_OFD_SETLK, &lock) == 0;
}

bool roost_lock_all_bytes(int fd) {
    struct flock lock = one_byte(F_WRLCK, 0);
    lock.l_len = 0;
    return fcntl(fd, F_OFD_SETLK, &lock) == 0;
}

bool roost_is_linked(int fd) {
    struct stat status;
    return fstat(fd, &status) == 0 && status.st_nlink > 0;
}

bool roost_share_byte(int fd, int64_t offset) {
    struct flock lock = one_byte(F_RDLCK, offset);
    return fcntl(fd, F_OFD_SETLK, &lock) == 0;
}

void roost_unlock_byte(int fd, int64_t offset) {
    struct flock lock = one_byte(F_UNLCK, offset);
    fcntl(fd, F_OFD_SETLK, &lock);
}

int roost_byte_is_locked(int fd, int64_t offset) {
    struct flock lock = one_byte(F_WRLCK, offset);
    if (fcntl(fd, F_OFD_GETLK, &lock) != 0) return -1;
    return lock.l_type == F_UNLCK ? 0 : 1;
}

int roost_try_flock(int fd) {
    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EINTR) return errno;
    }
    return 0;
}

int roost_flock(int fd) {
    while (flock(fd, LOCK_EX) != 0) {
        if (errno != EINTR) return errno;
    }
    return 0;
}

void roost_unflock(int fd) { flock(fd, LOCK_UN); }

int roost_open(const char *path, unsigned mode) {
    int fd;
    do {
        fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, (mode_t)mode);
    } while (fd < 0 && errno == EINTR);
    return fd < 0 ? -errno : fd;
}

// A line of the cache each, so that a process that arms its slot does not slow down its neighbours.
struct roost_slot {
    _Atomic uint32_t topics;
    char padding[60];
};

struct roost_slots {
    _Atomic uint32_t used;
    char padding[60];
    struct roost_slot slot[ROOST_SLOTS];
};

struct roost_slots *roost_slots_map(int fd) {
    struct stat file;
    if (fstat(fd, &file) != 0) return NULL;
    if (file.st_size < (off_t)sizeof(struct roost_slots) && ftruncate(fd, sizeof(struct roost_slots)) != 0) return NULL;
    void *memory = mmap(NULL, sizeof(struct roost_slots), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

void roost_slots_unmap(struct roost_slots *slots) { munmap(slots, sizeof(struct roost_slots)); }

void roost_slot_arm(struct roost_slots *slots, int index, uint32_t topics) {
    // Sequentially consistent, then a fence: the sleeper looks at the database only after everybody can see this.
    atomic_fetch_or(&slots->slot[index].topics, topics);
    atomic_thread_fence(memory_order_seq_cst);
}

void roost_slot_clear(struct roost_slots *slots, int index) { atomic_store(&slots->slot[index].topics, 0); }

uint32_t roost_slot_take(struct roost_slots *slots, int index, uint32_t topics) {
    // The commit before this must be seen by whoever arms after this.
    atomic_thread_fence(memory_order_seq_cst);
    if ((atomic_load(&slots->slot[index].topics) & topics) == 0) return 0;
    return atomic_fetch_and(&slots->slot[index].topics, ~topics) & topics;
}

int roost_slots_used(struct roost_slots *slots) {
    uint32_t used = atomic_load(&slots->used);
    return used > ROOST_SLOTS ? ROOST_SLOTS : (int)used;
}

void roost_slots_use(struct roost_slots *slots, int index) {
    uint32_t used = atomic_load(&slots->used);
    while (used < (uint32_t)index + 1) {
        if (atomic_compare_exchange_weak(&slots->used, &used, (uint32_t)index + 1)) return;
    }
}

static int datagram_socket(void) {
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    if (fd < 0) return -errno;
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

static bool address(const char *path, struct sockaddr_un *into) {
    memset(into, 0, sizeof *into);
    into->sun_family = AF_UNIX;
    if (strlen(path) >= sizeof into->sun_path) return false;
    strcpy(into->sun_path, path);
    return true;
}

int roost_bell_open(const char *path) {
    struct sockaddr_un to;
    if (!address(path, &to)) return -ENAMETOOLONG;
    int fd = datagram_socket();
    if (fd < 0) return fd;
    unlink(path);
    if (bind(fd, (struct sockaddr *)&to, sizeof to) != 0) {
        int error = errno;
        close(fd);
        return -error;
    }
    return fd;
}

int roost_ringer_open(void) { return datagram_socket(); }

void roost_ring(int ringer, const char *path, uint32_t topics) {
    struct sockaddr_un to;
    if (!address(path, &to)) return;
    sendto(ringer, &topics, sizeof topics, 0, (struct sockaddr *)&to, sizeof to);
}

uint32_t roost_bell_wait(int bell, int milliseconds) {
    struct pollfd poll_bell = {.fd = bell, .events = POLLIN};
    if (poll(&poll_bell, 1, milliseconds) <= 0) return 0;
    uint32_t all = 0, topics = 0;
    // Bounded, so that a flood of rings cannot keep the caller here.
    for (int count = 0; count < 64 && recv(bell, &topics, sizeof topics, 0) == (ssize_t)sizeof topics; count++) {
        all |= topics;
    }
    return all;
}

bool roost_boot_id(char *into, size_t size) {
#if defined(__APPLE__)
    size_t length = size;
    return sysctlbyname("kern.bootsessionuuid", into, &length, NULL, 0) == 0;
#else
    FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");
    if (file == NULL) return false;
    bool read = fgets(into, (int)size, file) != NULL;
    fclose(file);
    if (read) into[strcspn(into, "\n")] = 0;
    return read;
#endif
}

bool roost_file_key(const char *path, uint64_t *device, uint64_t *inode) {
    struct stat file;
    if (stat(path, &file) != 0) return false;
    *device = (uint64_t)file.st_dev;
    *inode = (uint64_t)file.st_ino;
    return true;
}

bool roost_private_directory(const char *path) {
    if (mkdir(path, 0700) != 0 && errno != EEXIST) return false;
    struct stat found;
    // lstat: a link that somebody else put there must not lead us elsewhere.
    return lstat(path, &found) == 0 && S_ISDIR(found.st_mode) && found.st_uid == geteuid()
        && (found.st_mode & 077) == 0;
}

unsigned roost_user_id(void) { return (unsigned)geteuid(); }

void roost_pause_microseconds(unsigned microseconds) {
    struct timespec time = {.tv_sec = microseconds / 1000000, .tv_nsec = (long)(microseconds % 1000000) * 1000};
    nanosleep(&time, NULL);
}

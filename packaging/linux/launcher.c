/* The beginning of the single file `tonny-agent`; after it comes the packed folder.
 *
 * Unpacks the folder once into the user's cache and becomes the program in it. There
 * is no parent process afterwards: signals, exit statuses and systemd's notifications
 * are the program's own, and a warm start costs a few system calls.
 *
 * The folder's name holds the version and the digest of what is packed, so each version
 * has its own. It is unpacked beside its place and renamed: whatever is interrupted is
 * never taken for whole. Every run keeps a shared lock on its folder; who unpacks a new
 * one first removes the older ones that nobody uses.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#define APP "tonny-agent"
#define BLOCK 512

/* The last bytes of the file; numbers are little-endian, as on every system we build for. */
struct Trailer {
    uint64_t offset; /* where the packed folder begins */
    uint64_t size;
    char name[64];    /* of the unpacked folder, with zeros behind it */
    char program[64]; /* where in it the program is, likewise */
    char magic[8];
};
static const char MAGIC[8] = {'T', 'o', 'n', 'n', 'y', 'v', '0', '1'};

static void fail(const char *what, const char *path) {
    fprintf(stderr, "tonny-agent: %s %s: %s\n", what, path, strerror(errno));
    exit(74); /* EX_IOERR */
}

static void join(char *out, const char *folder, const char *name) {
    if (snprintf(out, PATH_MAX, "%s/%s", folder, name) >= PATH_MAX) {
        errno = ENAMETOOLONG;
        fail("cannot use", folder);
    }
}

/* --- Reading what is packed: a stream of Zstandard around a tar (ustar) ------------ */

struct Source {
    int file;
    uint64_t left; /* packed bytes not yet read */
    int ended;
    ZSTD_DStream *stream;
    ZSTD_inBuffer in;
    char buffer[1 << 16];
};

static void damaged(void) {
    fprintf(stderr, "tonny-agent: this file is damaged; download it again\n");
    exit(74);
}

static void unpack_bytes(struct Source *source, void *to, size_t count) {
    ZSTD_outBuffer out = {to, count, 0};
    while (out.pos < out.size && !source->ended) {
        if (source->in.pos == source->in.size) {
            size_t most = source->left < sizeof source->buffer ? source->left : sizeof source->buffer;
            ssize_t got = most ? read(source->file, source->buffer, most) : 0;
            if (got <= 0) damaged();
            source->left -= (uint64_t)got;
            source->in = (ZSTD_inBuffer){source->buffer, (size_t)got, 0};
        }
        size_t more = ZSTD_decompressStream(source->stream, &out, &source->in);
        if (ZSTD_isError(more)) damaged();
        source->ended = more == 0; /* and all of it is what its checksum says */
    }
    if (out.pos < out.size) memset((char *)to + out.pos, 0, out.size - out.pos);
}

struct Header {
    char name[100], mode[8], owner[8], group[8], size[12], time[12], check[8], type, link[100];
    char magic[8], user[32], users[32], major[8], minor[8], prefix[155], rest[12];
};

static void write_file(struct Source *source, const char *path, size_t size, mode_t mode) {
    static char piece[1 << 16];
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (file < 0) fail("cannot write", path);
    for (size_t left = (size + BLOCK - 1) / BLOCK * BLOCK, real = size; left;) {
        size_t count = left < sizeof piece ? left : sizeof piece;
        unpack_bytes(source, piece, count);
        size_t useful = real < count ? real : count;
        for (size_t done = 0; done < useful;) {
            ssize_t wrote = write(file, piece + done, useful - done);
            if (wrote < 0) fail("cannot write", path);
            done += (size_t)wrote;
        }
        left -= count;
        real -= useful;
    }
    if (close(file)) fail("cannot write", path);
}

/* Only folders and files are packed, each folder before what is in it. */
static void unpack(int file, const struct Trailer *trailer, const char *folder) {
    static struct Source source;
    source = (struct Source){.file = file, .left = trailer->size, .stream = ZSTD_createDStream()};
    if (lseek(file, (off_t)trailer->offset, SEEK_SET) < 0) damaged();
    for (;;) {
        struct Header header;
        char name[300], path[PATH_MAX];
        unpack_bytes(&source, &header, sizeof header);
        if (!header.name[0]) { /* a tar ends with zeros */
            if (source.ended) break;
            continue;
        }
        snprintf(name, sizeof name, "%.155s%s%.100s", header.prefix, header.prefix[0] ? "/" : "",
                 header.name);
        join(path, folder, name);
        mode_t mode = strtoul(header.mode, NULL, 8) & 0700;
        if (header.type == '5') {
            if (mkdir(path, 0700) && errno != EEXIST) fail("cannot make", path);
        } else if (header.type == '0') {
            write_file(&source, path, strtoull(header.size, NULL, 8), mode);
        } else {
            damaged();
        }
    }
    ZSTD_freeDStream(source.stream);
}

/* --- Where it is unpacked ----------------------------------------------------------- */

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *walk) {
    (void)info, (void)kind, (void)walk;
    return remove(path);
}

static void remove_folder(const char *path) { nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS); }

/* A folder of our own that nobody else can write to. */
static int private_folder(const char *path) {
    struct stat info;
    mkdir(path, 0700);
    return !lstat(path, &info) && S_ISDIR(info.st_mode) && info.st_uid == geteuid() &&
           !(info.st_mode & 022) && !access(path, R_OK | W_OK | X_OK);
}

/* The user's cache, else (a home that cannot be written to) the folder for what is
   temporary: there it is unpacked again after every restart of the machine. */
static void find_place(char *place) {
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    char parent[PATH_MAX];
    if (cache && cache[0] == '/') {
        join(parent, cache, "");
    } else if (home && home[0] == '/') {
        join(parent, home, ".cache");
        mkdir(parent, 0700);
    } else {
        parent[0] = 0;
    }
    if (parent[0]) {
        join(place, parent, APP);
        if (private_folder(place)) {
            join(parent, place, "program");
            strcpy(place, parent);
            if (private_folder(place)) return;
        }
    }
    const char *others[] = {getenv("TMPDIR"), "/tmp"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (!others[i] || others[i][0] != '/') continue;
        char name[64];
        snprintf(name, sizeof name, APP "-%u", (unsigned)geteuid());
        join(place, others[i], name);
        if (private_folder(place)) return;
    }
    errno = EACCES;
    fail("there is no folder to unpack into: set XDG_CACHE_HOME to one that can be written; tried",
         place);
}

/* A lock that lives as long as the program that it is handed to. */
static int lock(const char *folder, int how) {
    int file = open(folder, O_RDONLY | O_DIRECTORY | (how & LOCK_EX ? O_CLOEXEC : 0));
    if (file >= 0 && flock(file, how)) {
        close(file);
        return -1;
    }
    return file;
}

static void remove_unused(const char *place) {
    DIR *folder = opendir(place);
    struct dirent *entry;
    while (folder && (entry = readdir(folder))) {
        char path[PATH_MAX];
        const char *name = entry->d_name;
        if (!strcmp(name, ".") || !strcmp(name, "..")) continue;
        join(path, place, name);
        int held = lock(path, LOCK_EX | LOCK_NB);
        if (held < 0) continue;
        remove_folder(path);
        close(held);
    }
    if (folder) closedir(folder);
}

int main(int count, char **arguments) {
    (void)count;
    char self[PATH_MAX], place[PATH_MAX], folder[PATH_MAX], program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length < 0) fail("cannot find", "/proc/self/exe");
    self[length] = 0;
    int file = open(self, O_RDONLY | O_CLOEXEC);
    struct Trailer trailer;
    if (file < 0 || lseek(file, -(off_t)sizeof trailer, SEEK_END) < 0) fail("cannot read", self);
    if (read(file, &trailer, sizeof trailer) != sizeof trailer ||
        memcmp(trailer.magic, MAGIC, sizeof MAGIC))
        damaged();
    trailer.name[sizeof trailer.name - 1] = trailer.program[sizeof trailer.program - 1] = 0;

    find_place(place);
    join(folder, place, trailer.name);
    join(program, folder, trailer.program);
    for (int tries = 0;; tries++) {
        /* Locked and still there: nobody removes it from now on. */
        int held = lock(folder, LOCK_SH);
        if (held >= 0 && !access(program, X_OK)) break;
        if (held >= 0) close(held);
        if (tries == 3) fail("cannot unpack into", folder);
        int alone = lock(place, LOCK_EX);
        if (alone < 0) fail("cannot lock", place);
        if (access(program, X_OK)) {
            remove_unused(place); /* this one is not whole, nor is what was interrupted */
            char scratch[PATH_MAX];
            join(scratch, place, ".unpacking");
            if (mkdir(scratch, 0700)) fail("cannot make", scratch);
            if (isatty(STDERR_FILENO)) fputs("tonny-agent: unpacking, once …\n", stderr);
            unpack(file, &trailer, scratch);
            if (rename(scratch, folder)) remove_folder(scratch); /* and once more */
        }
        close(alone); /* whoever waited finds it there */
    }
    close(file);
    /* With our number, which stays the same: the program's children inherit the rest. */
    char named[PATH_MAX + 16];
    snprintf(named, sizeof named, "%ld %s", (long)getpid(), self);
    setenv("TONNY_SINGLE_FILE", named, 1);
    execv(program, arguments);
    fail("cannot start (XDG_CACHE_HOME may name another folder)", program);
}

/* folder.c: atomic folders and files. Whatever fails (disk full, no right to write) leaves nothing half, and says which path. */
#include "runtime/store/folder.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static mlp_status failed(struct mlp_error *error, const char *doing, const char *path)
{
    const int why = errno;
    mlp_fail(error, MLP_ERR_DATA, strcmp(doing, "reading") ? "E360" : "E301", "%s %s failed: %s", doing, path, strerror(why));
    snprintf(error->file, sizeof error->file, "%s", path);
    if (why == ENOSPC || why == EDQUOT || why == EFBIG)
        return mlp_fix(error, "make room on that disk; nothing half-written was left behind");
    if (why == EACCES || why == EPERM || why == EROFS) return mlp_fix(error, "allow it for that folder, or choose another with --out");
    return mlp_fix(error, strcmp(doing, "reading") ? "look at what stands at that path, or choose another with --out" : "check the path");
}

static mlp_status make_folders(const char *path, struct mlp_error *error)
{
    char part[1100];
    const size_t n = strlen(path);
    if (n >= sizeof part) return mlp_fail(error, MLP_ERR_DATA, "E360", "the path %.60s… is too long", path);
    for (size_t i = 1; i <= n; i++) {
        if (path[i] != '/' && path[i]) continue;
        memcpy(part, path, i), part[i] = 0;
        if (mkdir(part, 0777) && errno != EEXIST) return failed(error, "making the folder", part);
    }
    return MLP_OK;
}

static void sync_folder(const char *path)                   /* the names in it reach the disk */
{
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) fsync(fd), close(fd);
}

/* Removes a folder of plain files: ours are never deeper. */
static void remove_folder(const char *path)
{
    DIR *dir = opendir(path);
    if (!dir) return;
    for (struct dirent *e; (e = readdir(dir));)
        if (strcmp(e->d_name, ".") && strcmp(e->d_name, "..")) unlinkat(dirfd(dir), e->d_name, 0);
    closedir(dir);
    rmdir(path);
}

/* What processes that were killed left: folders or files PREFIX.tmp-PID. */
static void remove_stale(const char *parent, const char *prefix)
{
    DIR *dir = opendir(parent);
    const size_t n = strlen(prefix);
    if (!dir) return;
    for (struct dirent *e; (e = readdir(dir));) {
        char *end;
        if (strncmp(e->d_name, prefix, n) || strncmp(e->d_name + n, ".tmp-", 5)) continue;
        const long pid = strtol(e->d_name + n + 5, &end, 10);
        if (*end || pid <= 0 || (kill((pid_t)pid, 0) == 0 || errno == EPERM)) continue;   /* its process still works on it */
        char path[1400];
        snprintf(path, sizeof path, "%s/%s", parent, e->d_name);
        if (unlink(path)) remove_folder(path);
    }
    closedir(dir);
}

/* The number in NAME-dddd; 0: another name. */
static unsigned run_number(const char *entry, const char *name)
{
    const size_t n = strlen(name);
    if (strncmp(entry, name, n) || entry[n] != '-' || strspn(entry + n + 1, "0123456789") < 4 || strlen(entry + n + 1) > 9)
        return 0;
    char *end;
    const unsigned long v = strtoul(entry + n + 1, &end, 10);
    return *end ? 0 : (unsigned)v;
}

static unsigned last_number(const char *runs_dir, const char *name)
{
    unsigned last = 0;
    DIR *dir = opendir(runs_dir);
    if (!dir) return 0;
    for (struct dirent *e; (e = readdir(dir));) {
        const unsigned v = run_number(e->d_name, name);
        if (v > last) last = v;
    }
    closedir(dir);
    return last;
}

void mlp_folder_newest(const char *runs_dir, const char *name, char out[1100])
{
    const unsigned last = last_number(runs_dir, name);
    out[0] = 0;
    if (last) snprintf(out, 1100, "%s/%s-%04u", runs_dir, name, last);
}

mlp_status mlp_folder_writable(const char *path, struct mlp_error *error)
{
    char part[1100];
    struct stat there;
    const size_t n = strlen(path);
    if (n >= sizeof part) return mlp_fail(error, MLP_ERR_DATA, "E360", "the path %.60s… is too long", path);
    memcpy(part, path, n + 1);
    while (stat(part, &there) && (errno == ENOENT || errno == ENOTDIR)) {     /* the part of it that is there */
        char *const slash = strrchr(part, '/');
        if (slash == part) part[1] = 0;
        else if (slash) *slash = 0;
        else strcpy(part, ".");
    }
    if (stat(part, &there) == 0 && !S_ISDIR(there.st_mode)) {
        mlp_fail(error, MLP_ERR_DATA, "E360", "runs are kept in the folder %s, and a file stands at %s", path, part);
        snprintf(error->file, sizeof error->file, "%.255s", part);
        return mlp_fix(error, "move that file away, or choose another folder with --out");
    }
    return access(part, W_OK | X_OK) ? failed(error, "writing to", path) : MLP_OK;
}

mlp_status mlp_folder_begin(struct mlp_folder *f, const char *runs_dir, const char *name, const char *target,
                            struct mlp_error *error)
{
    *f = (struct mlp_folder){0};
    struct stat there;
    if (target) {
        size_t end = strlen(target);
        while (end > 1 && target[end - 1] == '/') end--;
        if (!end || end >= sizeof f->parent) return mlp_fail(error, MLP_ERR_DATA, "E360", "the folder's path is empty or too long");
        snprintf(f->final, sizeof f->final, "%.*s", (int)end, target);
        if (!lstat(f->final, &there)) {
            mlp_fail(error, MLP_ERR_DATA, "E361", "%s is there already; a run is never written over another", f->final);
            return mlp_fix(error, "name a folder that does not exist yet, or remove that one");
        }
        const char *slash = strrchr(f->final, '/');
        snprintf(f->parent, sizeof f->parent, "%.*s", slash ? (int)(slash == f->final ? 1 : slash - f->final) : 1, slash ? f->final
                 : ".");
    } else {
        if (strlen(runs_dir) + strlen(name) + 16 > sizeof f->parent)
            return mlp_fail(error, MLP_ERR_DATA, "E360", "the path of the runs folder is too long");
        snprintf(f->parent, sizeof f->parent, "%s", runs_dir);
        snprintf(f->final, sizeof f->final, "%s/%s-%04u", runs_dir, name, last_number(runs_dir, name) + 1);
    }
    TRY(make_folders(f->parent, error));
    remove_stale(f->parent, "");
    snprintf(f->temporary, sizeof f->temporary, "%s/.tmp-%ld", f->parent, (long)getpid());
    remove_folder(f->temporary);
    if (mkdir(f->temporary, 0777)) {
        const mlp_status status = failed(error, "making the folder", f->temporary);
        f->temporary[0] = 0;
        return status;
    }
    return MLP_OK;
}

static mlp_status write_file(const char *path, const void *bytes, size_t n, struct mlp_error *error)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0) return failed(error, "writing", path);
    for (const char *at = bytes; n;) {
        const ssize_t done = write(fd, at, n);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) {
            if (!done) errno = ENOSPC;
            const mlp_status status = failed(error, "writing", path);
            return close(fd), unlink(path), status;
        }
        at += done, n -= (size_t)done;
    }
    if (fsync(fd) && errno != EINVAL) {
        const mlp_status status = failed(error, "writing", path);
        return close(fd), unlink(path), status;
    }
    if (close(fd)) return failed(error, "writing", path);
    return MLP_OK;
}

mlp_status mlp_folder_put(struct mlp_folder *f, const char *file, const void *bytes, size_t n, struct mlp_error *error)
{
    char path[1400];
    snprintf(path, sizeof path, "%s/%s", f->temporary, file);
    return write_file(path, bytes, n, error);
}

mlp_status mlp_folder_commit(struct mlp_folder *f, struct mlp_error *error)
{
    sync_folder(f->temporary);
    for (int attempt = 0;; attempt++) {
        struct stat there;
        const bool taken = !lstat(f->final, &there);        /* rename would replace an empty folder */
        if (!taken && !rename(f->temporary, f->final)) break;
        if (!taken && errno != EEXIST && errno != ENOTEMPTY) return failed(error, "renaming the finished run to", f->final);
        char *dash = strrchr(f->final, '-');                /* another run took the number meanwhile */
        if (attempt == 1000 || !dash || strspn(dash + 1, "0123456789") < 4)
            return errno = EEXIST, failed(error, "renaming the finished run to", f->final);
        const unsigned next = (unsigned)strtoul(dash + 1, NULL, 10) + 1;
        snprintf(dash + 1, sizeof f->final - (size_t)(dash + 1 - f->final), "%04u", next);
    }
    f->temporary[0] = 0;
    sync_folder(f->parent);
    return MLP_OK;
}

void mlp_folder_abandon(struct mlp_folder *f)
{
    if (f->temporary[0]) remove_folder(f->temporary);
    f->temporary[0] = 0;
}

mlp_status mlp_file_open(const char *path, struct mlp_file *f, struct mlp_error *error)
{
    struct stat s;
    *f = (struct mlp_file){"", 0};
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return failed(error, "reading", path);
    if (fstat(fd, &s) || S_ISDIR(s.st_mode)) return close(fd), errno = EISDIR, failed(error, "reading", path);
    if (!s.st_size) return close(fd), MLP_OK;
    void *at = mmap(NULL, (size_t)s.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (at == MAP_FAILED) return failed(error, "reading", path);
    *f = (struct mlp_file){at, (size_t)s.st_size};
    return MLP_OK;
}

void mlp_file_close(struct mlp_file *f)
{
    if (f->n) munmap((void *)(uintptr_t)f->bytes, f->n);
    *f = (struct mlp_file){"", 0};
}

mlp_status mlp_file_replace(const char *path, const void *bytes, size_t n, struct mlp_error *error)
{
    char beside[1100], parent[1100];
    const char *slash = strrchr(path, '/');
    if (snprintf(beside, sizeof beside, "%s.tmp-%ld", path, (long)getpid()) >= (int)sizeof beside)
        return mlp_fail(error, MLP_ERR_DATA, "E360", "the path %.60s… is too long", path);
    snprintf(parent, sizeof parent, "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
    remove_stale(parent, slash ? slash + 1 : path);
    TRY(write_file(beside, bytes, n, error));
    if (rename(beside, path)) {
        const mlp_status status = failed(error, "writing", path);
        return unlink(beside), status;
    }
    return MLP_OK;
}

/* folder.h: runs/NAME-0001/: made under another name, then renamed, so that a run is there whole or not at all. Also whole
 * files. */
#ifndef MLP_STORE_FOLDER_H
#define MLP_STORE_FOLDER_H
#include "runtime/base/arena.h"
#include "runtime/base/buffer.h"
#include "runtime/base/status.h"

/* A folder in the making: runs/.tmp-PID. Begin removes those that killed processes have left. */
struct mlp_folder { char parent[1024], temporary[1100], final[1100]; };
/* target: exactly this folder (must not exist yet), or NULL: runs_dir/NAME-0001, or the next number. */
mlp_status mlp_folder_begin(struct mlp_folder *, const char *runs_dir, const char *name, const char *target, struct mlp_error *);
/* written and synced */
mlp_status mlp_folder_put(struct mlp_folder *, const char *file, const void *bytes, size_t n, struct mlp_error *);
mlp_status mlp_folder_commit(struct mlp_folder *, struct mlp_error *);                  /* now it counts; final says where it is */
void mlp_folder_abandon(struct mlp_folder *);               /* leaves nothing behind; also after commit, where it does nothing */
/* Could files be made in this folder, which need not be there yet? Asked before long work, not after. */
mlp_status mlp_folder_writable(const char *path, struct mlp_error *);
/* The newest runs_dir/NAME-dddd; "" when there is none. */
void mlp_folder_newest(const char *runs_dir, const char *name, char out[1100]);

/* A whole file, mapped; bytes are aligned and stay until mlp_file_close. */
struct mlp_file { const void *bytes; size_t n; };
mlp_status mlp_file_open(const char *path, struct mlp_file *, struct mlp_error *);
void mlp_file_close(struct mlp_file *);
/* Replaces a file by writing beside it and renaming. What a process that was killed left there goes. */
mlp_status mlp_file_replace(const char *path, const void *bytes, size_t n, struct mlp_error *);
#endif

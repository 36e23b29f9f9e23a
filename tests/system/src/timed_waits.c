/* Waits that end at a time of day, for programs whose clock libfaketime makes wrong: it does not reach cnd_timedwait of
 * glibc, which would take the wrong time for a right one and wait for days. Preloaded together with libfaketime. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <threads.h>
#include <time.h>

#define SECOND 1000000000LL

int cnd_timedwait(cnd_t *condition, mtx_t *mutex, const struct timespec *end) {
    struct timespec wrong, now;
    clock_gettime(CLOCK_REALTIME, &wrong);
    clock_gettime(CLOCK_MONOTONIC, &now);
    long long left = (end->tv_sec - wrong.tv_sec) * SECOND + end->tv_nsec - wrong.tv_nsec;
    long long until = now.tv_sec * SECOND + now.tv_nsec + (left > 0 ? left : 0);
    struct timespec right = {.tv_sec = until / SECOND, .tv_nsec = until % SECOND};
    int result = pthread_cond_clockwait((pthread_cond_t *)condition, (pthread_mutex_t *)mutex, CLOCK_MONOTONIC, &right);
    return result == 0 ? thrd_success : result == ETIMEDOUT ? thrd_timedout : thrd_error;
}

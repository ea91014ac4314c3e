// Lets the thread sanitizer see Swift's Mutex.
//
// The Mutex of the Synchronization library is compiled into whoever uses it, and with it instrumented, but for what it
// does when it is contended: that lies in the library, where the sanitizer sees neither the lock nor the unlock, and
// takes whatever is done under the lock for a race. Loaded before the library, this tells it of both.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

#define SWIFT __attribute__((swiftcall))
#define CONTEXT __attribute__((swift_context))
// Synchronization._MutexHandle._lockSlow(UInt32) and ._unlockSlow()
#define LOCK_SLOW "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK_SLOW "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

void __tsan_acquire(void *address);
void __tsan_release(void *address);

typedef SWIFT void (*lock_function)(uint32_t, CONTEXT void *);
typedef SWIFT void (*unlock_function)(CONTEXT void *);

SWIFT void lock_slow(uint32_t thread, CONTEXT void *handle) __asm__(LOCK_SLOW);
SWIFT void unlock_slow(CONTEXT void *handle) __asm__(UNLOCK_SLOW);

SWIFT void lock_slow(uint32_t thread, CONTEXT void *handle) {
    ((lock_function)dlsym(RTLD_NEXT, LOCK_SLOW))(thread, handle);
    __tsan_acquire(handle);
}

SWIFT void unlock_slow(CONTEXT void *handle) {
    __tsan_release(handle);
    ((unlock_function)dlsym(RTLD_NEXT, UNLOCK_SLOW))(handle);
}

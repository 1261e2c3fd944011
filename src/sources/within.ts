import type { Runtime } from '../event/runtime.js'

/** The promise's outcome, or a rejection after `ms`. What the promise does later is not heard. */
export async function within<T>(runtime: Runtime, ms: number, promise: Promise<T>): Promise<T> {
  return await new Promise<T>((resolve, reject) => {
    const cancel = runtime.after(ms, () => reject(new Error(`not done within ${ms / 1000} s`)))
    promise.then(resolve, reject).finally(cancel)
  })
}

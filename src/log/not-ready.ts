/** Thrown by a read of something that is not open yet: it can be repeated when `ready` resolves. */
export class NotReady extends Error {
  readonly ready: Promise<void>

  constructor(ready: Promise<void>) {
    super('not open yet')
    this.ready = ready
  }
}

/** Returns the result of a read, which is repeated until everything that it needs is ready. */
export async function whenReady<Result>(read: () => Result): Promise<Result> {
  for (;;) {
    try {
      return read()
    } catch (thrown) {
      if (!(thrown instanceof NotReady)) throw thrown
      await thrown.ready
    }
  }
}

/** Runs once in the next turn of the event loop, after pending I/O. */
export const soon: (run: () => void) => void =
  typeof setImmediate === 'function' ? setImmediate : (run) => setTimeout(run, 0)

/** Texts of the replay, which are loaded with it. */
export const replayStrings = {
  title: 'Replay',
  /** Marks all that is shown as what happened before. */
  mark: 'Replay of',
  held: 'held',
  speed: 'Speed',
  times: (speed: number) => `${speed} ×`,
  pause: 'Hold',
  resume: 'Go on',
  end: 'End replay',
  next: 'To the next event',
  begins: (when: string) => `the replay begins here: what follows was logged from ${when} on`,
  ends: (when: string) => `the replay ends here, at ${when}`,
  caughtUp: 'the replay has come to now; what follows happens as you see it',
} as const

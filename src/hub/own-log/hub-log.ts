/** From the gravest to the least. */
export const LEVELS = ['error', 'warn', 'info', 'debug'] as const
export type Level = (typeof LEVELS)[number]

/** The hub's own log: lines for the operator, on its standard error. It is not the log of events. */
export interface HubLog {
  /** Writes one line; `fields` are for programs that read it. Never throws, and never waits. */
  write(level: Level, text: string, fields?: Readonly<Record<string, unknown>>): void
}

export const silentLog: HubLog = { write: () => {} }

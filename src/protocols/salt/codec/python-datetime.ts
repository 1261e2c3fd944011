/** The text in ext 78, such as `20240102T03:04:05.000006` (`%Y%m%dT%H:%M:%S.%f`). */
const WIRE = /^(\d{4})(\d\d)(\d\d)T(\d\d):(\d\d):(\d\d)\.(\d{1,6})$/

/**
 * Python's datetime without a zone, exact to the microsecond. In Salt it mostly means UTC.
 *
 * @example
 * PythonDatetime.of(new Date(0)).isoformat() // '1970-01-01T00:00:00'
 * PythonDatetime.parse('20240102T03:04:05.000006')?.toDate().toISOString() // '2024-01-02T03:04:05.000Z'
 */
export class PythonDatetime {
  /** µs since the epoch, if the time is UTC. */
  readonly micros: number

  constructor(micros: number) {
    this.micros = micros
  }

  /** Parses the text on the wire; undefined if it is not a time. */
  static parse(text: string): PythonDatetime | undefined {
    const match = WIRE.exec(text)
    if (match === null) return undefined
    const [, year, month, day, hour, minute, second, fraction] = match
    const date = `${year}-${month}-${day}T${hour}:${minute}:${second}`
    const time = Date.parse(`${date}Z`)
    // Date.parse turns the 30th of February into a day in March.
    if (Number.isNaN(time) || !new Date(time).toISOString().startsWith(date)) return undefined
    return new PythonDatetime(time * 1000 + Number(fraction.padEnd(6, '0')))
  }

  static of(date: Date): PythonDatetime {
    return new PythonDatetime(date.getTime() * 1000)
  }

  /** The text on the wire. */
  get text(): string {
    const [date, time] = isoformat(this.micros).split('T')
    return `${date.replaceAll('-', '')}T${time.includes('.') ? time : `${time}.000000`}`
  }

  /** `2024-01-02T03:04:05.000006` */
  isoformat(): string {
    return isoformat(this.micros)
  }

  /** Rounds down to milliseconds. */
  toDate(): Date {
    return new Date(Math.floor(this.micros / 1000))
  }

  toString(): string {
    return this.isoformat()
  }

  toJSON(): string {
    return this.isoformat()
  }
}

/**
 * Formats a time as Python's `datetime.isoformat()` does for UTC without a zone: with microseconds, or without a
 * fraction if they are 0. `micros` is µs since the epoch.
 */
export function isoformat(micros: number): string {
  const seconds = Math.floor(micros / 1e6)
  const fraction = micros - seconds * 1e6
  const text = new Date(seconds * 1000).toISOString().slice(0, -'.000Z'.length)
  return fraction === 0 ? text : `${text}.${String(fraction).padStart(6, '0')}`
}

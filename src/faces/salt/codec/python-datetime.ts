import { isoformat } from './stamp.js'

/** `20240102T03:04:05.000006`: what ext 78 carries (`%Y%m%dT%H:%M:%S.%f`). */
const WIRE = /^(\d{4})(\d\d)(\d\d)T(\d\d):(\d\d):(\d\d)\.(\d{1,6})$/

/** Python's datetime without a zone, exact to the microsecond; Salt means UTC by it, mostly. */
export class PythonDatetime {
  /** µs since the epoch, taken as UTC. */
  readonly micros: number

  constructor(micros: number) {
    this.micros = micros
  }

  /** Of the text on the wire; undefined where that is no time. */
  static parse(text: string): PythonDatetime | undefined {
    const match = WIRE.exec(text)
    if (match === null) return undefined
    const [, year, month, day, hour, minute, second, fraction] = match
    const date = `${year}-${month}-${day}T${hour}:${minute}:${second}`
    const time = Date.parse(`${date}Z`)
    // A 30th of February would become a day in March.
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

  /** Finer than a millisecond is lost. */
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

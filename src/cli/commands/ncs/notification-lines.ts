import { jsonView } from '../../../event/json/view.js'
import { formatNotification } from '../../../protocols/ncs/notifications/format.js'
import { kindOf } from '../../../protocols/ncs/notifications/kinds.js'
import type { NcsNotification } from '../../../protocols/ncs/notifications/notification.js'
import { Times } from '../../output/times.js'
import { type Colors, type Paint, tagPaint } from '../../terminal/colors.js'
import { cut, padEnd } from '../../terminal/text.js'

const GAP = '  '
const NAME_WIDTH = 'SYSTEM_GOING_DOWN'.length

/** Types that a person should not overlook. */
const grave = new Set(['COMMIT_FAILED', 'SYSTEM_GOING_DOWN'])

/** Notifications for people: a line with time, type and keys, or a block with a line for each key. */
export class NotificationLines {
  readonly #colors: Colors
  readonly #columns: () => number | undefined
  readonly #times: Times

  /** `columns`: width of the terminal; undefined if it is none. */
  constructor(colors: Colors, columns: () => number | undefined) {
    this.#colors = colors
    this.#columns = columns
    this.#times = new Times(columns() === undefined ? 'utc' : 'short')
  }

  /** `at`: when it came, µs since the epoch. */
  line(notification: NcsNotification, at: number): string[] {
    const [name, keys] = split(formatNotification(notification), ' ')
    const [day, time] = this.#time(at)
    const columns = this.#columns() ?? Number.POSITIVE_INFINITY
    const room = columns - time.length - Math.max(NAME_WIDTH, name.length) - 2 * GAP.length
    const painted = this.#paint(name)(padEnd(name, NAME_WIDTH))
    return [...day, [this.#colors.dim(time), painted, cut(keys, room)].join(GAP).trimEnd()]
  }

  block(notification: NcsNotification, at: number): string[] {
    const [name, keys] = split(formatNotification(notification, { layout: 'block' }), '\n')
    const [day, time] = this.#time(at)
    const title = [this.#colors.dim(time), this.#paint(name)(name)].join(GAP)
    return [...day, title, ...(keys === '' ? [] : keys.split('\n'))]
  }

  #time(at: number): [day: string[], time: string] {
    const day = this.#times.newDay(at)
    return [day === undefined ? [] : [this.#colors.bold(day)], this.#times.text(at)]
  }

  #paint(name: string): Paint {
    return grave.has(name) ? this.#colors.red : tagPaint(this.#colors, `ncs/${name}`)
  }
}

function split(text: string, at: string): [first: string, rest: string] {
  const end = text.indexOf(at)
  return end < 0 ? [text, ''] : [text.slice(0, end), text.slice(end + 1)]
}

/** For other programs: the notification as it was read, with when it came and the name of its type. */
export function notificationObject(notification: NcsNotification, at: number): object {
  const name = nameOf(notification)
  const { type, ...payload } = jsonView(notification) as { type: number }
  return { time: new Date(at / 1000).toISOString(), name, type, ...payload }
}

export function nameOf({ type }: NcsNotification): string {
  return kindOf(type)?.name.toUpperCase() ?? String(type)
}

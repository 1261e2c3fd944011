import { clock, shownZone, two, wall } from './moments.js'

/** `2026-11-14 02:30:16.399 113 +01:00` */
export function fullMoment(micros: number): string {
  const date = wall(micros)
  const day = `${date.getUTCFullYear()}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`
  const rest = String(Math.floor(micros % 1000)).padStart(3, '0')
  return `${day} ${clock(micros)} ${rest} ${zone(micros)}`
}

function zone(micros: number): string {
  const offset = shownZone(micros / 1000)
  const size = Math.abs(offset)
  return `${offset < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`
}

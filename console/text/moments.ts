const two = (value: number) => String(value).padStart(2, '0')

/** `02:30:16.399`, in the time zone of the browser; micros since the epoch. */
export function clock(micros: number): string {
  const date = new Date(micros / 1000)
  return `${seconds(micros)}.${String(date.getMilliseconds()).padStart(3, '0')}`
}

/** `02:30:16` */
export function seconds(micros: number): string {
  const date = new Date(micros / 1000)
  return `${minutes(micros)}:${two(date.getSeconds())}`
}

/** `02:30` */
export function minutes(micros: number): string {
  const date = new Date(micros / 1000)
  return `${two(date.getHours())}:${two(date.getMinutes())}`
}

/** `2026-11-14 02:30:16.399 113 +01:00` */
export function fullMoment(micros: number): string {
  const date = new Date(micros / 1000)
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  const rest = String(Math.floor(micros % 1000)).padStart(3, '0')
  return `${day} ${clock(micros)} ${rest} ${zone(date)}`
}

/** `14 Nov 06:12` */
export function dayAndMinute(micros: number): string {
  const date = new Date(micros / 1000)
  return `${date.getDate()} ${months[date.getMonth()]} ${minutes(micros)}`
}

/** `14 Nov 06:12:31` */
export function dayAndSecond(micros: number): string {
  return `${dayAndMinute(micros)}:${two(new Date(micros / 1000).getSeconds())}`
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

function zone(date: Date): string {
  const offset = -date.getTimezoneOffset()
  const size = Math.abs(offset)
  return `${offset < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`
}

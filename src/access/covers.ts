import type { Extent, Grant, GrantedRights } from './rights.js'

const EVENT_RIGHTS = ['publish', 'see', 'produce', 'gate'] as const

export interface Granted {
  grant: Grant
  /** Prefix of the sources under which it publishes. */
  source: string
}

/** Whether `own` has all that `asked` has: nobody hands on what is not his. When in doubt, no. */
export function covers(own: Granted, asked: Granted): boolean {
  if (own.grant === '*') return true
  if (asked.grant === '*') return false
  const [mine, wanted] = [own.grant, asked.grant]
  return (
    EVENT_RIGHTS.every((right) => extentCovers(mine[right], wanted[right])) &&
    namesCover(mine.consume, wanted.consume) &&
    (mine.admin === true || wanted.admin !== true) &&
    (mine.produce === '*' || asked.source === own.source || asked.source.startsWith(`${own.source}/`))
  )
}

function extentCovers(own: Extent = [], asked: Extent = []): boolean {
  if (own === '*') return true
  if (asked === '*') return false
  return asked.every((part) => own.some((mine) => partCovers(mine, part)))
}

function partCovers(own: Extent[number], asked: Extent[number]): boolean {
  if (typeof own === 'string' && typeof asked === 'string') return asked.startsWith(own)
  return JSON.stringify(own) === JSON.stringify(asked)
}

function namesCover(own: GrantedRights['consume'] = [], asked: GrantedRights['consume'] = []): boolean {
  if (own === '*') return true
  return asked !== '*' && asked.every((name) => own.includes(name))
}

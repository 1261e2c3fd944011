import type { Query } from './query.js'

/** Shows only events that are at least as severe as this; asked for again, all of them. */
export function chooseSeverity(query: Query, severity: 'err' | 'warning'): Query {
  const wanted = `severity >= '${severity}'`
  const [condition, rest] = splitSeverity(query.where)
  const parts = [...(rest === '' ? [] : [rest]), ...(condition === wanted ? [] : [wanted])]
  return { ...query, where: parts.join(' AND ') }
}

/** The condition on the severity that stands last, and what is before it. */
function splitSeverity(where: string): [condition: string, rest: string] {
  const found = /(?:^| AND )(severity >= '\w+')$/.exec(where)
  if (found !== null) return [found[1], where.slice(0, found.index)]
  return ['', where === '' ? '' : `(${where})`]
}

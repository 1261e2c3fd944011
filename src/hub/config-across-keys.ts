import { ADMIN } from '../access/index.js'
import type { EventRight } from '../bus/principal.js'
import { nearest } from '../config/nearest.js'
import { formatAddress } from '../config/parts/address.js'
import { TocsinError } from '../event/errors.js'
import { parsePermission } from '../filter/index.js'
import type { HubConfig } from './config.js'

interface Problem {
  path: (string | number)[]
  message: string
}

/** What no key can tell alone: names that must exist, things that exclude each other. */
export function acrossKeys(config: HubConfig): Problem[] {
  return [...unknownPrincipals(config), ...unsoundRights(config), ...samePlaces(config)]
}

function unknownPrincipals({ listen, oidc, principals }: HubConfig): Problem[] {
  const names = [ADMIN, ...Object.keys(principals)]
  const used = [
    ...listen.unix.map(({ principal }, i) => ({ principal, path: ['listen', 'unix', i, 'principal'] })),
    ...oidc.flatMap(({ map }, i) =>
      map.map(({ principal }, j) => ({ principal, path: ['oidc', i, 'map', j, 'principal'] })),
    ),
  ]
  return used
    .filter(({ principal }) => !names.includes(principal))
    .map(({ principal, path }) => {
      const meant = nearest(principal, names)
      const hint = meant === undefined ? '' : `; did you mean ${JSON.stringify(meant)}?`
      return { path, message: `there is no principal ${principal}${hint}` }
    })
}

const rights: readonly EventRight[] = ['publish', 'see', 'produce', 'gate']

function unsoundRights({ principals }: HubConfig): Problem[] {
  return Object.entries(principals).flatMap(([name, grant]) =>
    grant === '*'
      ? []
      : rights.flatMap((right) => {
          const message = faultOf(() => parsePermission(grant[right], right))
          return message === undefined ? [] : [{ path: ['principals', name, right], message }]
        }),
  )
}

function faultOf(attempt: () => unknown): string | undefined {
  try {
    attempt()
    return undefined
  } catch (error) {
    if (TocsinError.is(error)) return error.message
    throw error
  }
}

function samePlaces({ listen }: HubConfig): Problem[] {
  const places = [
    ...listen.unix.map(({ path }, i) => ({ at: path ?? 'the usual path', path: ['listen', 'unix', i] })),
    ...(['http', 'tcp'] as const).flatMap((key) => {
      const listener = listen[key]
      // Port 0 is another one each time.
      if (listener === 'off' || listener.address.port === 0) return []
      return [{ at: formatAddress(listener.address), path: ['listen', key] }]
    }),
  ]
  return places
    .filter(({ at }, i) => places.findIndex((other) => other.at === at) < i)
    .map(({ at, path }) => ({ path, message: `something else listens at ${at} already` }))
}

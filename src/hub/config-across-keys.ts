import { ADMIN } from '../access/index.js'
import type { EventRight } from '../bus/principal.js'
import { nearest } from '../config/nearest.js'
import { formatAddress } from '../config/parts/address.js'
import { TocsinError } from '../event/errors.js'
import { type SaltAddress, showAddress } from '../faces/salt/client/address.js'
import { parsePermission } from '../filter/index.js'
import { placesOf } from '../sources/salt/place.js'
import type { HubConfig } from './config.js'

interface Problem {
  path: (string | number)[]
  message: string
}

/** What no key can tell alone: names that must exist, things that exclude each other. */
export function acrossKeys(config: HubConfig): Problem[] {
  return [...unknownPrincipals(config), ...unsoundRights(config), ...samePlaces(config), ...sameBuses(config)]
}

function unknownPrincipals({ listen, oidc, principals, salt }: HubConfig): Problem[] {
  const names = [ADMIN, ...Object.keys(principals)]
  const used = [
    ...listen.unix.map(({ principal }, i) => ({ principal, path: ['listen', 'unix', i, 'principal'] })),
    ...oidc.flatMap(({ map }, i) =>
      map.map(({ principal }, j) => ({ principal, path: ['oidc', i, 'map', j, 'principal'] })),
    ),
    ...oidc.flatMap(({ mayName = [] }, i) =>
      mayName === '*' ? [] : mayName.map((principal, j) => ({ principal, path: ['oidc', i, 'mayName', j] })),
    ),
    ...salt.flatMap(({ rest }, i) =>
      (['file', 'sharedsecret'] as const).flatMap((backend) =>
        Object.entries(rest?.eauth[backend]?.users ?? {}).map(([user, principal]) => ({
          principal,
          path: ['salt', i, 'rest', 'eauth', backend, 'users', user],
        })),
      ),
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

function samePlaces({ listen, salt }: HubConfig): Problem[] {
  const places = [
    ...listen.unix.map(({ path }, i) => ({ at: path ?? 'the usual path', path: ['listen', 'unix', i] })),
    ...(['http', 'tcp'] as const).flatMap((key) => {
      const listener = listen[key]
      // Port 0 is another one each time.
      if (listener === 'off' || listener.address.port === 0) return []
      return [{ at: formatAddress(listener.address), path: ['listen', key] }]
    }),
    ...salt.flatMap((bus, i) => [...saltRestPlace(bus, i), ...saltPlaces(bus, i)]),
  ]
  return places
    .filter(({ at }, i) => places.findIndex((other) => other.at === at) < i)
    .map(({ at, path }) => ({ path, message: `something else listens at ${at} already` }))
}

type SaltBus = HubConfig['salt'][number]
type Listening = { at: string; path: (string | number)[] }

function saltRestPlace({ rest }: SaltBus, i: number): Listening[] {
  if (rest === undefined || rest.address.port === 0) return []
  return [{ at: formatAddress(rest.address), path: ['salt', i, 'rest', 'address'] }]
}

/** Sockets and ports of a Salt bus; its two sockets stand and fall together. */
function saltPlaces({ tcp, sockDir, hashId, id = hashId, ...bus }: SaltBus, i: number): Listening[] {
  const ports = tcp === undefined ? [] : (['pub', 'pull'] as const).filter((kind) => tcp[kind] !== 0)
  const hasSockets = sockDir !== undefined || tcp === undefined
  const { pub } = placesOf({ ...bus, sockDir, id: hashId ?? id })
  return [
    ...(hasSockets ? [{ at: placeOf(pub), path: ['salt', i] }] : []),
    ...ports.map((kind) => ({
      at: showAddress({ host: '127.0.0.1', port: tcp![kind] }),
      path: ['salt', i, 'tcp', kind],
    })),
  ]
}

/** A Salt bus of this hub, and one that it attaches to, would be taken for each other. */
function sameBuses({ salt, sources }: HubConfig): Problem[] {
  const own = salt.flatMap((bus, i) => saltPlaces(bus, i).map(({ at }) => at))
  return sources.salt.flatMap((source, i) => {
    const path = ['sources', 'salt', i]
    const problems: Problem[] = []
    if (salt.some(({ bus }) => bus === source.name))
      problems.push({ path: [...path, 'name'], message: `a bus of this hub has the name ${source.name}` })
    if (own.includes(placeOf(placesOf(source).pub)))
      problems.push({ path, message: 'this is a bus of this hub itself' })
    return problems
  })
}

/** `/var/run` is a link to `/run` on today's systems. */
function placeOf(address: SaltAddress): string {
  return showAddress(address).replace(/^\/var\/run\//, '/run/')
}

import { useEffect, useMemo, useRef } from 'preact/hooks'
import { type KeyBinding, useKeys } from '../../app/keys.js'
import { change, view } from '../../app/router.js'
import { fleetStrings as text } from '../../strings/fleet.js'
import { strings } from '../../strings.js'
import { Field } from './field.js'
import { type FleetView, viewIn } from './fleet-view.js'
import { type Grouping, groupHosts, groupingsOf } from './groups.js'
import { Host } from './host.js'
import { HostList } from './host-list.js'
import { byTrouble, countStates, type FleetHost, globsIn, MOST, useFleet } from './hosts.js'
import type { HostState } from './states.js'
import { Toolbar } from './toolbar.js'
import { Wall } from './wall.js'

/** Distances of squares, px. */
const PITCHES = [64, 56, 48, 40, 34, 28, 24, 20, 17, 14, 12, 11, 10, 9, 8, 7, 6]
const WALL_PITCHES = [208, 168, 136, 112, 96, 80, ...PITCHES, 5, 4]

/** All hosts at a glance, the worst of them in a list, and one of them in full. */
export function Page() {
  const { params } = view.value
  const shown = viewIn(params)
  const { match, within, by, open } = shown
  const { value, failure, isStale } = useFleet(globsIn(match), within)
  const fleet = value.value
  const hosts = fleet?.hosts ?? none
  const groups = useMemo(() => groupHosts(hosts, by), [hosts, by])
  const worst = useMemo(() => byTrouble(hosts), [hosts])
  const chosen = shown.states.join()
  const isWanted = useMemo(() => wantedIn(shown.states), [chosen])
  const counts = useMemo(() => countStates(hosts), [hosts])
  const listed = worst.filter(isWanted)
  const search = useRef<HTMLInputElement>(null)
  const isWall = params.has('wall')
  useTitle(counts)
  useFleetKeys(shown, listed, groupingsOf(hosts), search)

  const describe = (host: FleetHost) => text.describe(host, within)
  const field = (
    <Field
      groups={groups}
      pitches={isWall ? WALL_PITCHES : PITCHES}
      {...{ open, isWanted, describe }}
      onOpen={({ name }) => change({ host: name }, 'push')}
    />
  )
  if (isWall)
    return <Wall {...{ fleet, counts, within }} worst={listed} failure={failure.value} field={field} />
  return (
    <div
      class="fleet"
      data-ready={fleet === undefined ? undefined : ''}
      data-host={open && ''}
      data-stale={isStale.value || fleet?.isWhole === false ? '' : undefined}
    >
      <h1 class="hidden-text">{strings.fleet.title}</h1>
      <Toolbar view={shown} counts={counts} groupings={groupingsOf(hosts)} search={search} />
      {failure.value !== undefined && <p class="problem">{text.stale(failure.value.message)}</p>}
      <section class="squares" aria-label={text.all}>
        {field}
        {fleet?.isWhole === false && hosts.length >= MOST && <p class="quiet">{text.notWhole(MOST)}</p>}
        {fleet !== undefined && hosts.length === 0 && <p class="empty">{match ? text.noMatch : text.none}</p>}
      </section>
      {open === undefined ? (
        <HostList hosts={listed} within={within} />
      ) : (
        <Host key={open} name={open} within={within} />
      )}
    </div>
  )
}

const none: readonly FleetHost[] = []

function wantedIn(states: readonly HostState[]): (host: FleetHost) => boolean {
  return states.length === 0 ? () => true : ({ state }) => states.includes(state)
}

function useTitle(counts: ReadonlyMap<HostState, number>): void {
  const bad = (counts.get('critical') ?? 0) + (counts.get('error') ?? 0)
  const title = text.title(bad, counts.get('silent') ?? 0)
  useEffect(() => {
    document.title = title
    return () => {
      document.title = strings.product
    }
  }, [title])
}

function useFleetKeys(
  { within, by, open, states }: FleetView,
  listed: readonly FleetHost[],
  groupings: readonly Grouping[],
  search: { readonly current: HTMLInputElement | null },
): void {
  const isWall = view.value.params.has('wall')
  const go = (step: number) => {
    const at = listed.findIndex(({ name }) => name === open)
    const next = listed[at < 0 ? 0 : at + step]
    if (next !== undefined) change({ host: next.name }, open === undefined ? 'push' : 'replace')
  }
  const only = (...wanted: HostState[]) =>
    change({ is: states.join() === wanted.join() ? [] : wanted }, 'push')
  const usual: KeyBinding[] = [
    { key: 'j', label: 'nextHost', run: () => go(1) },
    { key: 'k', label: 'previousHost', run: () => go(-1) },
    { key: 'Escape', label: 'closeHost', run: () => change({ host: undefined }, 'push') },
    { key: '/', label: 'searchHosts', run: () => search.current?.focus() },
    { key: 'e', label: 'hostsWithErrors', run: () => only('critical', 'error') },
    { key: 's', label: 'silentHosts', run: () => only('silent') },
    {
      key: 'g',
      label: 'group',
      run: () => change({ by: groupings[(groupings.indexOf(by) + 1) % groupings.length] || undefined }),
    },
    { key: 't', label: 'hourOrDay', run: () => change({ within: within === 'hour' ? 'day' : undefined }) },
  ]
  const wall: KeyBinding = {
    key: isWall ? 'Escape' : 'w',
    label: isWall ? 'leaveWall' : 'wall',
    run: () => change({ wall: isWall ? undefined : '' }, 'push'),
  }
  useKeys(isWall ? [wall] : [...usual, wall])
}

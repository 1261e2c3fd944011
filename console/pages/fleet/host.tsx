import { useSignal } from '@preact/signals'
import type { EdgeInfo, HostInfo, ResultOf } from '../../../src/methods/contract/index.js'
import { formatBytes, formatCount, formatSpan } from '../../../src/types/figures.js'
import { addressOf, change, view } from '../../app/router.js'
import { setting } from '../../app/setting.js'
import { Dialog } from '../../components/dialog.js'
import { ApiError, call, session } from '../../hub/api.js'
import { useAnswer } from '../../hub/asking.js'
import { fleetStrings } from '../../strings/fleet.js'
import { strings } from '../../strings.js'
import { dayAndMinute } from '../../text/moments.js'
import { visible } from '../../text/visible.js'
import { addressOfEvents, addressOfTroubles } from './events-of.js'
import type { Period } from './hosts.js'
import { Latest } from './latest.js'
import { State } from './state.js'
import type { HostState } from './states.js'
import { Timeline } from './timeline.js'

const text = fleetStrings.host
const EVERY_MS = 5000

/** Everything that is known of one host. */
export function Host({ name, within }: { name: string; within: Period }) {
  const { value, failure } = useAnswer(name, (signal) => call('hosts.show', { name }, signal), EVERY_MS)
  const edge = useEdge(name)
  const found = value.value
  const isUnknown = failure.value instanceof ApiError && failure.value.status === 404
  const list = new URLSearchParams(view.value.params)
  list.delete('host')
  return (
    <section
      class="host"
      aria-label={text.region(visible(name))}
      data-stale={failure.value && !isUnknown ? '' : undefined}
    >
      <header>
        <h2>
          {found && !isUnknown && <State state={stateOf(found.host)} />} {visible(name)}
        </h2>
        <a class="button plain" href={addressOf('fleet', list)}>
          {text.back}
        </a>
      </header>
      {failure.value !== undefined && (
        <p class="problem">{isUnknown ? text.unknown : fleetStrings.stale(failure.value.message)}</p>
      )}
      {found !== undefined && !isUnknown && <Known details={found} within={within} edge={edge} />}
    </section>
  )
}

interface KnownProps {
  details: ResultOf<'hosts.show'>
  within: Period
  edge: EdgeInfo | undefined
}

function Known({ details: { host, aliases, names, facts = {} }, within, edge }: KnownProps) {
  const labels = Object.entries(host.labels).map(([label, value]) => `${label}=${value}`)
  const about: Fact[] = [
    [text.last, fleetStrings.ago(Math.max(0, Date.now() * 1000 - host.last))],
    [text.first, dayAndMinute(host.first)],
    [text.total, formatCount(host.events)],
    host.silentAfter !== undefined && [text.silentAfter, formatSpan(host.silentAfter)],
    [text.sources, host.sources.join(', ')],
    labels.length > 0 && [text.labels, labels.join(' · ')],
    aliases.length > 0 && [text.aliases, aliases.join(', ')],
    edge && [text.edge, text.edgeState(edge.state, edge.waiting)],
  ]
  return (
    <>
      <p class="actions">
        <a class="button" href={addressOfEvents(names, { range: within === 'day' ? '1d' : '1h' })}>
          {text.events}
        </a>
        <a class="button" href={addressOfTroubles(names)}>
          {text.troubles}
        </a>
        {edge?.answers === true && mayAsk() && (
          <a class="button" href={addressOf('events', { edges: edge.name })} title={text.askHint}>
            {text.ask}
          </a>
        )}
        <Forget name={host.name} />
      </p>
      <Facts facts={about} />
      {/* Those of another time are no answer. */}
      <Timeline key={`${names} ${within}`} names={names} within={within} />
      <Latest
        names={names}
        key={names.join()}
        version={`${host.lastWarning?.cursor} ${host.lastError?.cursor}`}
      />
      <Counts host={host} />
      {Object.keys(facts).length > 0 && (
        <>
          <h3 class="heading">{text.facts}</h3>
          <Facts facts={Object.entries(facts).map(([key, value]): Fact => [key, factText(key, value)])} />
        </>
      )}
    </>
  )
}

function mayAsk(): boolean {
  const who = session.value
  return typeof who === 'object' && who.ask
}

type Fact = readonly [name: string, value: string] | false | undefined

function Facts({ facts }: { facts: readonly Fact[] }) {
  const shown = facts.filter((fact) => fact !== false && fact !== undefined)
  return (
    <dl>
      {shown.map(([name, value]) => (
        <div key={name}>
          <dt>{visible(name)}</dt>
          <dd>{visible(value)}</dd>
        </div>
      ))}
    </dl>
  )
}

/** As people write it, for the facts whose unit is known. */
function factText(key: string, value: unknown): string {
  if (key === 'memory' && typeof value === 'number') return formatBytes(value)
  if (key === 'uptime' && typeof value === 'number') return formatSpan(value * 1e6)
  if (key === 'interfaces' && Array.isArray(value))
    return value.map(({ interface: name, addresses = [] }) => `${name} ${addresses.join(' ')}`).join('; ')
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** The severities that were counted, the worst first. */
function Counts({ host: { hour, day } }: { host: HostInfo }) {
  const shown = Object.entries(day).filter(([, number]) => number > 0)
  return (
    <table aria-label={text.counts}>
      <thead>
        <tr>
          <th scope="col">{text.severity}</th>
          <th scope="col" class="number">
            {text.hour}
          </th>
          <th scope="col" class="number">
            {text.day}
          </th>
        </tr>
      </thead>
      <tbody>
        {shown.map(([name, number]) => (
          <tr key={name}>
            <th scope="row">{name === 'unsaid' ? text.unsaid : name}</th>
            <td class="number">{formatCount(hour[name as keyof typeof hour] ?? 0)}</td>
            <td class="number">{formatCount(number)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function stateOf({ state, hour }: HostInfo): HostState {
  if (state === 'error' && (hour.emerg ?? hour.alert ?? hour.crit) !== undefined) return 'critical'
  return state === 'ok' ? 'fine' : state
}

/** The hub that runs there, if it forwards its events to this one. */
function useEdge(name: string): EdgeInfo | undefined {
  const who = session.value
  const may = typeof who === 'object' && who.monitor
  const { value } = useAnswer(
    `${name} ${may}`,
    async (signal) => (may ? (await call('hub.status', {}, signal)).edges : undefined),
    may ? EVERY_MS : undefined,
  )
  return value.value?.find((edge) => edge.name === name)
}

/** For those who may. */
function Forget({ name }: { name: string }) {
  const isAsked = useSignal(false)
  const failure = useSignal('')
  const who = session.value
  if (typeof who !== 'object' || !who.admin) return null
  const forget = async () => {
    try {
      await call('hosts.remove', { names: [name] })
      isAsked.value = false
      change({ host: undefined }, 'push')
    } catch (error) {
      failure.value = strings.failed((error as Error).message)
    }
  }
  return (
    <>
      <button type="button" class="button plain" onClick={setting(isAsked, true)}>
        {text.remove}
      </button>
      {isAsked.value && (
        <Dialog title={text.removeTitle(visible(name))} onClose={setting(isAsked, false)}>
          <p class="words">{text.confirmRemove}</p>
          {failure.value !== '' && (
            <p class="problem" role="alert">
              {failure.value}
            </p>
          )}
          <p class="choices">
            <button type="button" class="button serious" onClick={forget}>
              {text.removeNow}
            </button>
          </p>
        </Dialog>
      )}
    </>
  )
}

import { useEffect } from 'preact/hooks'
import { formatSpan } from '../../../src/types/figures.js'
import { addressOf, view } from '../../app/router.js'
import { Quoted } from '../../components/quoted.js'
import { busStrings as text } from '../../strings/bus.js'
import { strings } from '../../strings.js'
import { Access } from './access.js'
import { may, useMethod } from './ask.js'
import { chosenHub, HubChoice, ofChosenHub } from './chosen-hub.js'
import { Cluster, Edges } from './cluster.js'
import { Configuration } from './configuration.js'
import { Consumers } from './consumers.js'
import { Devices, hasDevices } from './devices.js'
import { OpenedEntry } from './entry/entry-buttons.js'
import { Figures, remember } from './figures.js'
import { useWantedPart } from './go-to-part.js'
import { Health } from './health.js'
import { useKeptFocus } from './kept-focus.js'
import { Log } from './log.js'
import { Notice } from './notice.js'
import { Parked } from './parked.js'
import { Rules } from './rules.js'
import { Sinks } from './sinks.js'
import { Sources } from './sources.js'
import { Subscribers } from './subscribers.js'

const tabs = { overview: Overview, access: Access, configuration: Configuration } as const
type Tab = keyof typeof tabs

/** The page with the state of the hub and its configuration. */
export function Page() {
  const wanted = view.value.params.get('tab') ?? ''
  const shown: Tab = Object.hasOwn(tabs, wanted) ? (wanted as Tab) : 'overview'
  const Shown = tabs[shown]
  const status = useMethod('hub.status', ofChosenHub(), { right: 'monitor', onAnswer: remember })
  const hub = status.value.value
  useKeptFocus()
  useEffect(() => {
    document.title = `${strings.bus.title} · ${text.tabs[shown]}`
    return () => {
      document.title = strings.product
    }
  }, [shown])
  const isCluster = hub?.cluster !== undefined || chosenHub() !== undefined
  const isKnown = hub !== undefined || status.missing !== undefined || status.failure.value !== undefined
  useWantedPart(isKnown)
  return (
    <div class="bus" tabIndex={-1} data-ready={isKnown || undefined}>
      <header class="bus-top">
        <h1>{strings.bus.title}</h1>
        <nav class="tabs" aria-label={strings.bus.title}>
          {(Object.keys(tabs) as Tab[]).map((tab) => (
            <a
              key={tab}
              href={addressOf('bus', tab === 'overview' ? {} : { tab })}
              aria-current={tab === shown ? 'page' : undefined}
            >
              {text.tabs[tab]}
            </a>
          ))}
        </nav>
        {hub && (
          <span class="quiet">{text.hub(hub.name, hub.version, formatSpan(hub.now - hub.started))}</span>
        )}
        {isCluster && <HubChoice />}
      </header>
      <Notice />
      <OpenedEntry />
      <Shown status={status} />
    </div>
  )
}

function Overview({ status }: { status: ReturnType<typeof useMethod<'hub.status'>> }) {
  const hub = status.missing === undefined ? status.value.value : undefined
  const isCluster = hub?.cluster !== undefined || chosenHub() !== undefined
  // The name of the hub whose own parts are shown, where there are several.
  const name = isCluster ? (chosenHub() ?? hub?.name) : undefined
  if (!may('monitor'))
    return (
      <>
        <p class="quiet">
          <Quoted text={text.notPermittedParts} />
        </p>
        <Consumers />
        <Parked />
      </>
    )
  return (
    <>
      <Figures status={status} />
      {isCluster && <Cluster />}
      <Subscribers />
      <Consumers />
      <Parked />
      <div class="columns">
        <Sources hub={name} />
        <Rules hub={name} />
      </div>
      {hub && chosenHub() === undefined && hasDevices(hub.sources) && <Devices hub={name} />}
      <Sinks hub={name} />
      <div class="columns">
        <Log status={status} />
        <Health status={status} hub={name} />
      </div>
      {hub?.edges && hub.edges.length > 0 && <Edges status={status} />}
    </>
  )
}

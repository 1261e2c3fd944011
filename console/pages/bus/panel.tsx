import type { ComponentChildren } from 'preact'
import { formatCount } from '../../../src/types/figures.js'
import { Quoted } from '../../components/quoted.js'
import { busStrings as text } from '../../strings/bus.js'
import type { Asked } from './ask.js'

interface PanelProps<Value> {
  title: string
  asked: Asked<Value>
  /** Returns the number of entries. */
  count?(value: Value): number
  /** Beside the title. */
  tools?: ComponentChildren
  children(value: Value): ComponentChildren
}

/** The title of a part about one hub, with its name where there are several. */
export function titleOf(title: string, hub: string | undefined): string {
  return hub === undefined ? title : text.hubs.of(title, hub)
}

/** A part of the page with its own state: what fails here leaves the others as they are. */
export function Panel<Value>({ title, asked, count, tools, children }: PanelProps<Value>) {
  const { missing } = asked
  const value = missing === undefined ? asked.value.value : undefined
  const failure = missing === undefined ? asked.failure.value : undefined
  return (
    <section class="panel" aria-label={title} tabIndex={-1} data-stale={failure !== undefined || undefined}>
      <header>
        <h2 class="heading">{title}</h2>
        {value !== undefined && count !== undefined && <span class="count">{formatCount(count(value))}</span>}
        {failure !== undefined && <span class="problem">{text.stale(failure.message)}</span>}
        {missing === undefined && tools}
      </header>
      {missing !== undefined && (
        <p class="quiet">
          <Quoted text={text.notPermitted(missing)} />
        </p>
      )}
      {value !== undefined && children(value)}
    </section>
  )
}

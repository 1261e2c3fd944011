import { view } from '../../app/router.js'
import { Dialog } from '../../components/dialog.js'
import { call } from '../../hub/api.js'
import { useAnswer } from '../../hub/asking.js'
import { explainStrings as text } from '../../strings/explain.js'
import { strings } from '../../strings.js'
import { visibleLines } from '../../text/visible.js'
import { filterOf, type Query } from './query.js'

interface ExplainProps {
  query: Query
  meaning: string
  onClose(): void
}

/** Explains a filter, and why the open event matches it or not. */
export function ExplainDialog({ query, meaning, onClose }: ExplainProps) {
  const cursor = view.peek().params.get('event')
  return (
    <Dialog title={text.title} onClose={onClose}>
      <Lines text={meaning} />
      {cursor !== null && <OpenEvent query={query} cursor={cursor} />}
    </Dialog>
  )
}

function OpenEvent({ query, cursor }: { query: Query; cursor: string }) {
  const { value, failure } = useAnswer(cursor, (signal) =>
    call('filters.explain', { filters: filterOf(query) as never, cursor }, signal),
  )
  const said = value.value?.event?.text ?? failure.value?.message
  return (
    <section class="way">
      <header>
        <h3>{text.openEvent}</h3>
      </header>
      <Lines text={said ?? strings.events.loading} />
    </section>
  )
}

function Lines({ text }: { text: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it can be scrolled
    <pre class="mono" tabIndex={0}>
      {visibleLines(text)}
    </pre>
  )
}

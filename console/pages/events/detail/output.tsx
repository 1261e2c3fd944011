import { useLayoutEffect, useRef } from 'preact/hooks'
import { detailStrings } from '../../../strings/detail.js'
import { visible, visibleLines } from '../../../text/visible.js'
import { exact } from './correlation.js'
import { LookedAt } from './event-lines.js'
import { useNeighbours } from './neighbours.js'
import { type CommandOutput, jobFields, jobOutput } from './output-model.js'
import type { SpecialFinder, SpecialProps } from './special.js'

const ROOM = { earlier: 500, later: 2000 }
const text = detailStrings.output

/** Events of a job that runs commands. */
export const outputView: SpecialFinder = (event, type) => {
  if (type !== 'sysadm.dispatcher') return undefined
  const { process_id: id } = jobFields(event)
  return typeof id === 'string'
    ? { label: text.title, about: `${event.tag} ${id}`, View: OutputView }
    : undefined
}

/** The commands of a job with their output, as it comes. */
function OutputView({ about, event }: SpecialProps) {
  const found = useNeighbours(about, event, exact('tag', event.tag), ROOM)
  const { id, state, started, finished, reason, commands, isCut } = jobOutput(found.events.value)
  return (
    <>
      <h3 class="sum">
        <span data-kind={state}>{text.states[state] ?? visible(state)}</span> <span>{visible(id)}</span>
      </h3>
      <p class="looked">
        {visible([started, finished].filter((each) => each !== '').join(' – '))} {visible(reason)}
        {isCut && ` · ${text.cut}`}
      </p>
      {commands.map((each) => (
        <Command key={each.command} output={each} />
      ))}
      <LookedAt found={found} limit={ROOM.later} />
    </>
  )
}

/** Its end stays in sight while output comes, unless the reader has scrolled back. */
function Command({ output: { command, text: words, code } }: { output: CommandOutput }) {
  const pre = useRef<HTMLPreElement>(null)
  const isAtEnd = useRef(true)
  useLayoutEffect(() => {
    if (isAtEnd.current && pre.current !== null) pre.current.scrollTop = pre.current.scrollHeight
  }, [words])
  return (
    <section class="output" aria-label={text.of(visible(command))}>
      <h4>
        <span aria-hidden="true">$</span> {visible(command)}
        {code !== undefined && (
          <span data-kind={code === '0' ? 'ok' : 'failed'}>{text.code(visible(code))}</span>
        )}
      </h4>
      {words !== '' && (
        <pre
          ref={pre}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it can be scrolled
          tabIndex={0}
          onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
            isAtEnd.current = scrollTop + clientHeight >= scrollHeight - 4
          }}
        >
          {visibleLines(words)}
        </pre>
      )}
    </section>
  )
}

import { useLayoutEffect, useRef } from 'preact/hooks'
import { detailStrings } from '../../../strings/detail.js'
import { visible, visibleLines } from '../../../text/visible.js'
import { exact } from './correlation.js'
import { LookedAt } from './event-lines.js'
import { useNeighbours } from './neighbours.js'
import { type CommandOutput, jobFields, jobOutput } from './output-model.js'
import type { SpecialFinder, SpecialProps } from './special-view.js'

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
  const hasFailed = state === 'finished' && commands.some(({ code = '0' }) => code !== '0')
  const outcome = hasFailed ? 'failed' : state
  return (
    <>
      <h3 class="sum">
        <span data-kind={outcome}>{text.states[outcome] ?? visible(outcome)}</span> <span>{visible(id)}</span>
      </h3>
      <p class="looked">
        {visible(timesOf(started, finished))} {visible(reason)}
        {isCut && ` · ${text.cut}`}
      </p>
      {commands.map((each) => (
        <Command key={each.command} output={each} />
      ))}
      <LookedAt found={found} limit={ROOM.later} />
    </>
  )
}

/** As SysAdm gives them, `2026-11-20T04:50:52`; the day once if it is the same. */
function timesOf(started: string, finished: string): string {
  const [day, from = ''] = started.split('T')
  const [lastDay, to = ''] = finished.split('T')
  const end = lastDay === day ? to : `${lastDay} ${to}`
  return [`${day} ${from}`, end].filter((each) => each.trim() !== '').join(' – ')
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

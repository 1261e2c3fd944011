import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { messageOf } from '../../../src/errors/thrown.js'
import type { SeekReport } from '../../../src/methods/contract/index.js'
import { call } from '../../hub/api.js'
import { busStrings } from '../../strings/bus.js'
import { FormDialog, TextField } from './form-dialog.js'
import { doing } from './notice.js'

const text = busStrings.rewind
const TYPING_MS = 250

/** Moves a consumer, after the hub has said what that would deliver. */
export function Rewind({ name, onClose }: { name: string; onClose(): void }) {
  const to = useSignal('-1h')
  const report = useSignal<SeekReport | undefined>(undefined)
  const failure = useSignal('')
  useEffect(() => {
    const abort = new AbortController()
    report.value = undefined
    failure.value = ''
    const timer = setTimeout(async () => {
      try {
        report.value = await call('consumers.seek', { name, to: to.value.trim(), dryRun: true }, abort.signal)
      } catch (error) {
        if (!abort.signal.aborted) failure.value = messageOf(error)
      }
    }, TYPING_MS)
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [to.value])
  const move = async () => {
    if (report.value === undefined) return
    // The position that was counted from, not `-1h`, which is another one by now.
    const position = report.value.to
    await doing(async () => {
      const { events } = await call('consumers.seek', { name, to: position })
      return text.done(name, events)
    })
    onClose()
  }
  return (
    <FormDialog
      title={text.title(name)}
      action={text.move}
      disabled={report.value === undefined}
      submit={move}
      onClose={onClose}
    >
      <TextField label={text.to} text={to} />
      <div class="choices">
        {text.choices.map((choice) => (
          <button
            key={choice}
            type="button"
            class="button mono"
            aria-pressed={to.value === choice}
            onClick={() => {
              to.value = choice
            }}
          >
            {choice}
          </button>
        ))}
      </div>
      <p class="quiet">{text.hint}</p>
      <p class="report" role="status">
        {failure.value === '' ? (
          <Report report={report.value} />
        ) : (
          <span class="problem">{failure.value}</span>
        )}
      </p>
    </FormDialog>
  )
}

function Report({ report }: { report: SeekReport | undefined }) {
  if (report === undefined) return <>{text.asking}</>
  const { events, skipped = 0, exact, from, to } = report
  return (
    <>
      <strong>{text.willDeliver(events, exact)}</strong>{' '}
      {skipped > 0 && <strong class="problem">{text.skips(skipped, exact)} </strong>}
      <span class="mono quiet">
        {from} → {to}
      </span>
    </>
  )
}

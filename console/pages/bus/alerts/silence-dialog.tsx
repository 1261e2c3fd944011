import { useSignal } from '@preact/signals'
import { call } from '../../../hub/api.js'
import { alertStrings } from '../../../strings/alerts.js'
import { FormDialog, Problem, TextField } from '../form-dialog.js'
import { doing } from '../notice.js'
import { hubNow, moment } from '../times.js'
import { matchersIn, matchersText, spanIn } from './matchers.js'

const text = alertStrings.newSilence

interface SilenceDialogProps {
  matchers: Readonly<Record<string, string>>
  onDone(): void
  onClose(): void
}

/** Asks which alerts are kept from sinks, for how long and why. */
export function SilenceDialog({ matchers, onDone, onClose }: SilenceDialogProps) {
  const match = useSignal(matchersText(matchers))
  const span = useSignal(text.spans[0])
  const why = useSignal('')
  const problem =
    matchersIn(match.value) === undefined ? text.badMatch : spanIn(span.value) ? '' : text.badSpan
  const submit = async () => {
    const [wanted, micros] = [matchersIn(match.value), spanIn(span.value)]
    if (wanted === undefined || micros === undefined) return
    await doing(async () => {
      const until = Math.round(hubNow() + micros)
      const params = { matchers: wanted, until, why: why.value.trim() }
      const { silence } = await call('alerts.silence', params)
      onDone()
      return text.done(moment(silence.until))
    })
    onClose()
  }
  const isReady = problem === '' && why.value.trim() !== ''
  return (
    <FormDialog title={text.title} action={text.action} disabled={!isReady} submit={submit} onClose={onClose}>
      <TextField label={text.match} text={match} />
      <p class="quiet">{text.matchHint}</p>
      <TextField label={text.span} text={span} />
      <div class="choices">
        {text.spans.map((choice) => (
          <button
            key={choice}
            type="button"
            class="button mono"
            aria-pressed={span.value === choice}
            onClick={() => {
              span.value = choice
            }}
          >
            {choice}
          </button>
        ))}
      </div>
      <p class="quiet">{text.spanHint}</p>
      <TextField label={text.why} text={why} />
      <Problem text={problem} />
    </FormDialog>
  )
}

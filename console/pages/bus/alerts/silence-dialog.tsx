import { useSignal } from '@preact/signals'
import { messageOf } from '../../../../src/errors/thrown.js'
import { call } from '../../../hub/api.js'
import { alertStrings } from '../../../strings/alerts.js'
import { FormDialog, Problem, TextField } from '../form-dialog.js'
import { tell } from '../notice.js'
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
  const refused = useSignal('')
  const wrong = matchersIn(match.value) === undefined ? text.badMatch : spanIn(span.value) ? '' : text.badSpan
  const submit = async () => {
    const [wanted, micros] = [matchersIn(match.value), spanIn(span.value)]
    if (wanted === undefined || micros === undefined) return
    refused.value = ''
    const until = Math.round(hubNow() + micros)
    const asked = { matchers: wanted, until, why: why.value.trim() }
    const made = await call('alerts.silence', asked).catch((error) => {
      refused.value = messageOf(error)
    })
    if (made === undefined) return
    tell(text.done(moment(made.silence.until)))
    onDone()
    onClose()
  }
  const isReady = wrong === '' && why.value.trim() !== ''
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
      <Problem text={refused.value || (match.value === '' ? '' : wrong)} />
    </FormDialog>
  )
}

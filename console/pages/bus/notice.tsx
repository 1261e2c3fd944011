import { signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { messageOf } from '../../../src/errors/thrown.js'
import { setting } from '../../app/setting.js'
import { Dialog } from '../../components/dialog.js'
import { busStrings as text } from '../../strings/bus.js'
import { strings } from '../../strings.js'

/** The last action, or the reason why it did not work. */
const notice = signal<{ readonly text: string; readonly isProblem: boolean } | undefined>(undefined)

interface Question {
  readonly title: string
  readonly question: string
  readonly isSerious: boolean
  run(): Promise<void>
}

const question = signal<Question | undefined>(undefined)

export function tell(words: string): void {
  notice.value = { text: words, isProblem: false }
}

/** Does something that changes the hub, and says how it went. */
export async function doing(run: () => Promise<string>): Promise<void> {
  try {
    tell(await run())
  } catch (error) {
    notice.value = { text: messageOf(error), isProblem: true }
  }
}

/** The same, when the person agrees. */
export function ask(title: string, words: string, run: () => Promise<string>, isSerious = false): void {
  question.value = { title: title.replace(/ …$/, ''), question: words, isSerious, run: () => doing(run) }
}

/** Shows what the others on this page tell and ask. */
export function Notice() {
  useEffect(
    () => () => {
      notice.value = undefined
      question.value = undefined
    },
    [],
  )
  return (
    <>
      <p class={notice.value?.isProblem ? 'notice problem' : 'notice'} role="status">
        {notice.value && (
          <>
            <span>{notice.value.text}</span>
            <button
              type="button"
              class="button plain"
              aria-label={strings.close}
              onClick={setting(notice, undefined)}
            >
              ✕
            </button>
          </>
        )}
      </p>
      {question.value && <Asking {...question.value} />}
    </>
  )
}

function Asking({ title, question: words, isSerious, run }: Question) {
  const close = () => {
    question.value = undefined
  }
  const agree = () => {
    close()
    void run()
  }
  return (
    <Dialog title={title} onClose={close}>
      <p class="words">{words}</p>
      <div class="choices">
        <button type="button" class={isSerious ? 'button serious' : 'button primary'} onClick={agree}>
          {title}
        </button>
        <button type="button" class="button" onClick={close}>
          {text.cancel}
        </button>
      </div>
    </Dialog>
  )
}

import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { messageOf } from '../../../src/errors/thrown.js'
import { Dialog } from '../../components/dialog.js'
import { Quoted } from '../../components/quoted.js'
import { busStrings } from '../../strings/bus.js'
import { upkeepStrings as text } from '../../strings/upkeep.js'
import { strings } from '../../strings.js'
import { type Fact, Facts } from './facts.js'

/** The result of some work. */
export interface WorkReport {
  readonly verdict: string
  readonly problems?: readonly string[]
  readonly facts?: readonly Fact[]
}

interface WorkDialogProps {
  title: string
  question: string
  /** The label of the button that begins the work. */
  action: string
  isSerious?: boolean
  /** True if it ends when the dialog is closed. */
  canStop?: boolean
  run(say: (progress: string) => void, signal: AbortSignal): Promise<WorkReport>
  onClose(): void
}

type Phase = 'asked' | 'running' | 'done'

/** Work that takes long: asked for, watched while it goes on, and its report. */
export function WorkDialog({ title, question, action, isSerious, canStop, run, onClose }: WorkDialogProps) {
  const phase = useSignal<Phase>('asked')
  const progress = useSignal('')
  const report = useSignal<WorkReport | undefined>(undefined)
  const stopping = useRef(new AbortController())
  useEffect(() => () => stopping.current.abort(), [])
  const begin = async () => {
    const { signal } = stopping.current
    const say = (words: string) => {
      progress.value = words
    }
    phase.value = 'running'
    try {
      report.value = await run(say, signal)
    } catch (error) {
      report.value = { verdict: '', problems: [strings.failed(messageOf(error))] }
    }
    phase.value = 'done'
  }
  return (
    <Dialog title={title} onClose={onClose}>
      <div class="words work" role="status" aria-busy={phase.value === 'running'}>
        {phase.value === 'asked' && <p>{question}</p>}
        {phase.value === 'running' && <p>{progress.value}</p>}
        {report.value && <Report {...report.value} />}
      </div>
      <div class="choices">
        {phase.value === 'asked' && (
          <button type="button" class={isSerious ? 'button serious' : 'button primary'} onClick={begin}>
            {action}
          </button>
        )}
        <button type="button" class="button" onClick={onClose}>
          {phase.value === 'asked' && busStrings.cancel}
          {phase.value === 'running' && (canStop ? text.stop : text.close)}
          {phase.value === 'done' && text.close}
        </button>
      </div>
    </Dialog>
  )
}

function Report({ verdict, problems = [], facts = [] }: WorkReport) {
  return (
    <>
      {verdict !== '' && <strong>{verdict}</strong>}
      {problems.map((problem) => (
        <p key={problem} class="problem">
          <Quoted text={problem} />
        </p>
      ))}
      <Facts facts={facts} />
    </>
  )
}

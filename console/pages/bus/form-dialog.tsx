import { type Signal, useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { Dialog } from '../../components/dialog.js'
import { busStrings } from '../../strings/bus.js'

interface FormDialogProps {
  title: string
  class?: string
  /** The label of the button that submits the form. */
  action: string
  disabled?: boolean
  /** Further buttons. */
  more?: ComponentChildren
  children: ComponentChildren
  /** Never rejects. */
  submit(form: HTMLFormElement): Promise<void>
  onClose(): void
}

/** A form that is submitted, once at a time, or cancelled. */
export function FormDialog(props: FormDialogProps) {
  const { title, action, disabled, more, children, submit, onClose } = props
  const busy = useSignal(false)
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => {
    form.current?.querySelector<HTMLElement>('input, select')?.focus({ preventScroll: true })
  }, [])
  const onSubmit = async (event: SubmitEvent) => {
    event.preventDefault()
    // The second click of a double click.
    if (busy.value) return
    busy.value = true
    await submit(event.currentTarget as HTMLFormElement)
    busy.value = false
  }
  return (
    <Dialog title={title} onClose={onClose}>
      <form class={props.class ?? 'rewind'} ref={form} onSubmit={onSubmit}>
        {children}
        <div class="choices">
          <button type="submit" class="button primary" disabled={disabled} aria-disabled={busy.value}>
            {action}
          </button>
          {more}
          <button type="button" class="button" onClick={onClose}>
            {busStrings.cancel}
          </button>
        </div>
      </form>
    </Dialog>
  )
}

/** A text that is typed, with its label. */
export function TextField({ label, text, list }: { label: string; text: Signal<string>; list?: string }) {
  return (
    <label>
      {label}
      <input
        class="field mono"
        value={text.value}
        list={list}
        onInput={({ currentTarget }) => {
          text.value = currentTarget.value
        }}
      />
    </label>
  )
}

/** Why the form could not be submitted; empty if it could. */
export function Problem({ text }: { text: string }) {
  return (
    <p class="problem" role="status">
      {text}
    </p>
  )
}

import { useSignal } from '@preact/signals'
import type { CommitInfo, ConfigDiff } from '../../../src/methods/contract/index.js'
import { formatSpan } from '../../../src/types/figures.js'
import { setting } from '../../app/setting.js'
import { call } from '../../hub/api.js'
import { busStrings } from '../../strings/bus.js'
import type { Asked } from './ask.js'
import { Changes } from './changes.js'
import { CommitDialog } from './commit-dialog.js'
import { ask, doing } from './notice.js'
import { Panel } from './panel.js'
import { hubNow } from './times.js'

const text = busStrings.configuration

interface CandidateProps {
  diff: Asked<ConfigDiff>
  onChange(): void
}

/** Shows the changes that wait to be committed, and the commit that waits to be confirmed. */
export function Candidate({ diff, onChange }: CandidateProps) {
  const isCommitting = useSignal(false)
  const now = diff.value.value
  if (now === undefined) return null
  const { candidate, changes, problems = [], unconfirmed } = now
  const editor = candidate?.session ?? candidate?.user ?? ''
  const discard = () => {
    const drop = async () => {
      await call('config.discard', {})
      onChange()
      return text.discarded
    }
    if (changes.length === 0) void doing(drop)
    else ask(text.discard, text.confirmDiscard(changes.length, editor), drop, true)
  }
  return (
    <>
      {unconfirmed && <Unconfirmed commit={unconfirmed} onChange={onChange} />}
      {candidate && (
        <Panel
          title={text.candidate}
          asked={diff}
          count={() => changes.length}
          tools={
            <>
              <span class="quiet">{text.by(editor)}</span>
              <button
                type="button"
                class="button primary"
                disabled={changes.length === 0 || problems.length > 0}
                onClick={setting(isCommitting, true)}
              >
                {text.commit}
              </button>
              <button type="button" class="button" onClick={discard}>
                {text.discard}
              </button>
            </>
          }
        >
          {() => (
            <>
              <Changes changes={changes} />
              {problems.map(({ key, message }) => (
                <p key={`${key} ${message}`} class="problem">
                  {key}: {message}
                </p>
              ))}
            </>
          )}
        </Panel>
      )}
      {isCommitting.value && (
        <CommitDialog
          title={text.commitTitle}
          label={text.doCommit}
          changes={changes}
          latest={async () => (await call('config.diff', {})).changes}
          commit={(params) => call('config.commit', params)}
          onDone={onChange}
          onClose={setting(isCommitting, false)}
        />
      )}
    </>
  )
}

function Unconfirmed({ commit: { number, until = 0 }, onChange }: { commit: CommitInfo; onChange(): void }) {
  const confirm = async () => {
    const { commit } = await call('config.confirm', {})
    onChange()
    return text.kept(commit.number)
  }
  const abort = async () => {
    await call('config.abort', {})
    onChange()
    return text.reverted
  }
  return (
    <p class="notice waiting">
      {text.unconfirmed(number, formatSpan(until - hubNow()))}{' '}
      <button type="button" class="button primary" onClick={() => doing(confirm)}>
        {text.keep}
      </button>{' '}
      <button type="button" class="button" onClick={() => doing(abort)}>
        {text.revert}
      </button>
    </p>
  )
}

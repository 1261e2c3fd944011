import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'

export const guideCases = {
  async 'the example of the guide prints the output shown there: the sender is dry'() {
    const output = execFileSync(process.execPath, [process.env.sctp_guide!], { encoding: 'utf8' })
    // Association ids count up in each kernel.
    const association = process.env.sctp_fresh ? '3' : String(/\d+(?= }\n$)/.exec(output))
    assert.equal(output, `{ sn_type: 32777, sender_dry_flags: 0, sender_dry_assoc_id: ${association} }\n`)
  },
}

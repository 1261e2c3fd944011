import { useSignal } from '@preact/signals'
import type { Json } from '../../../src/event/json/view.js'
import { formatCount } from '../../../src/types/figures.js'
import { detailStrings as text } from '../../strings/detail.js'
import { visible } from '../../text/visible.js'
import type { Choice } from './query.js'

interface NodeProps {
  name: string
  value: Json
  /** As in filters: `data.a.b`. */
  path: string
  depth: number
  onChoose(choice: Choice): void
}

/** Items that are shown at once. */
const PAGE = 100
const OPEN_DEPTH = 2
const MAX_OPEN_ITEMS = 30
/** Characters of a text that are shown at first. */
const LONG_TEXT = 400

/** A value with its fields below it, which are made only when they are shown. */
export function TreeNode({ name, value, path, depth, onChoose }: NodeProps) {
  if (typeof value !== 'object' || value === null)
    return <Leaf name={name} value={value} path={path} onChoose={onChoose} />
  return <Branch name={name} value={value} path={path} depth={depth} onChoose={onChoose} />
}

function Branch({ name, value, path, depth, onChoose }: NodeProps & { value: object }) {
  const isList = Array.isArray(value)
  const keys = Object.keys(value as object)
  const open = useSignal(depth < OPEN_DEPTH && keys.length <= MAX_OPEN_ITEMS)
  const shown = useSignal(PAGE)
  const size =
    keys.length === 0
      ? text.empty
      : isList
        ? `[${formatCount(keys.length)}]`
        : `{${formatCount(keys.length)}}`
  return (
    <li>
      <button
        type="button"
        class="branch"
        aria-expanded={open.value}
        onClick={() => {
          open.value = !open.value
        }}
      >
        <span aria-hidden="true">{open.value ? '▾' : '▸'}</span> <Name>{name}</Name> <i>{size}</i>
      </button>
      {open.value && (
        <ul>
          {keys.slice(0, shown.value).map((key) => (
            <TreeNode
              key={key}
              name={key}
              value={(value as Record<string, Json>)[key]}
              path={`${path}.${key.replaceAll('.', '\\.')}`}
              depth={depth + 1}
              onChoose={onChoose}
            />
          ))}
          {keys.length > shown.value && (
            <li>
              <button
                type="button"
                class="button"
                onClick={() => {
                  shown.value += 10 * PAGE
                }}
              >
                {text.more(keys.length - shown.value)}
              </button>
            </li>
          )}
        </ul>
      )}
    </li>
  )
}

/** The empty name of a field is shown as one. */
function Name({ children: name }: { children: string }) {
  return name === '' ? <i>{text.emptyName}</i> : <b>{visible(name)}</b>
}

type LeafProps = Pick<NodeProps, 'name' | 'path' | 'onChoose'> & { value: string | number | boolean | null }

function Leaf({ name, value, path, onChoose }: LeafProps) {
  const whole = useSignal(false)
  const words = typeof value === 'string' ? value : JSON.stringify(value)
  const isLong = words.length > LONG_TEXT && !whole.value
  return (
    <li class="leaf">
      <Name>{name}</Name>
      <span data-kind={value === null ? 'null' : typeof value}>
        {words
          .slice(0, isLong ? LONG_TEXT : undefined)
          .split('\n')
          .map(visible)
          .join('\n')}
      </span>
      {isLong && (
        <button
          type="button"
          class="choose"
          onClick={() => {
            whole.value = true
          }}
        >
          {text.more(words.length - LONG_TEXT)}
        </button>
      )}
      {words.length <= LONG_TEXT && value !== null && (
        <span class="chooses">
          <button
            type="button"
            class="choose"
            title={text.include}
            aria-label={text.includes(visible(path), visible(words))}
            onClick={() => onChoose({ field: path, value, not: false })}
          >
            +
          </button>
          <button
            type="button"
            class="choose"
            title={text.exclude}
            aria-label={text.excludes(visible(path), visible(words))}
            onClick={() => onChoose({ field: path, value, not: true })}
          >
            −
          </button>
        </span>
      )}
    </li>
  )
}

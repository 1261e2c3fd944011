/** Text in which a part between backquotes is code. */
export function Quoted({ text }: { text: string }) {
  return (
    <>{text.split('`').map((part, index) => (index % 2 === 0 ? part : <code class="mono">{part}</code>))}</>
  )
}

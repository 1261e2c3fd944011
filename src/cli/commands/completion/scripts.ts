/** Each script calls `tocsin __complete` with the words so far, which prints one `<word>\t<description>` a line. */

const bash = `# bash completion of tocsin
_tocsin() {
  local line="\${COMP_LINE:0:COMP_POINT}" cur="\${COMP_WORDS[COMP_CWORD]}" whole candidate
  local -a words
  # Words as the shell will see them: COMP_WORDS is also split at : and =.
  read -r -a words <<< "$line"
  [[ "$line" == *[[:space:]] ]] && words+=("")
  whole="\${words[-1]}"
  local quote="" plain="$whole"
  case "$whole" in
    \\'*|\\"*) quote="\${whole:0:1}"; plain="\${whole:1}"; cur="\${cur#"$quote"}" ;;
  esac
  words[-1]="$plain"
  # What readline keeps in front of the word it replaces.
  local kept="\${plain%"$cur"}"
  COMPREPLY=()
  while IFS=$'\\t' read -r candidate _; do
    [[ "$candidate" == "$plain"* ]] || continue
    candidate="\${candidate#"$kept"}"
    if [[ -z "$quote" ]]; then
      printf -v candidate %q "$candidate"
      # A comma means something only between braces, which are quoted.
      candidate="\${candidate//\\\\,/,}"
    fi
    COMPREPLY+=("$candidate")
  done < <(command tocsin __complete -- "\${words[@]:1}" 2>/dev/null)
  if [[ \${#COMPREPLY[@]} -eq 1 && "\${COMPREPLY[0]}" != */ ]]; then compopt +o nospace; fi
}
complete -o nospace -o nosort -o bashdefault -F _tocsin tocsin`

const zsh = `#compdef tocsin
# zsh completion of tocsin
_tocsin() {
  local line word
  local -a open whole shown_open shown_whole
  while IFS= read -r line; do
    word="\${line%%$'\\t'*}"
    if [[ "$word" == */ ]]; then
      open+=("$word"); shown_open+=("$word  \${line#*$'\\t'}")
    else
      whole+=("$word"); shown_whole+=("$word  \${line#*$'\\t'}")
    fi
  done < <(command tocsin __complete -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null)
  (( \${#open} )) && compadd -l -S '' -d shown_open -a open
  (( \${#whole} )) && compadd -l -d shown_whole -a whole
}
if [[ "\${funcstack[1]}" == _tocsin ]]; then _tocsin "$@"; else compdef _tocsin tocsin; fi`

const fish = `# fish completion of tocsin
function __tocsin_complete
  set -l words (commandline -opc) (commandline -ct)
  command tocsin __complete -- (string unescape -- $words[2..-1]) 2>/dev/null
end
complete -c tocsin -f -a '(__tocsin_complete)'`

export const shellScripts: Record<string, string> = { bash, zsh, fish }

/** What a shell loads. All three only ask `sluice __complete`, which prints a word a line, with what it means after a tab. */

export type Shell = 'bash' | 'zsh' | 'fish';

/** Works with the bash 3.2 of macOS, and needs no bash-completion package. */
const BASH = `# bash completion of sluice; to have it from now on: echo 'source <(sluice completion bash)' >>~/.bashrc
_sluice() {
  local word about before='' count=0 i
  local -a words=()
  COMPREPLY=()
  # bash splits --output=json in three
  for ((i = 1; i <= COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ $count -gt 0 && ( $word == = || \${COMP_WORDS[i-1]} == = ) ]]; then
      words[count-1]+=$word
    else
      words[count]=$word
      count=$((count + 1))
    fi
  done
  word=\${words[count-1]}
  [[ $word != --*=* ]] || before=\${word%%=*}=
  while IFS=$'\\t' read -r word about; do
    word=\${word#"$before"}
    [[ $word != *[[:space:]]* ]] || printf -v word %q "$word"
    COMPREPLY+=("$word")
  done < <(command sluice __complete -- "\${words[@]}" 2>/dev/null)
  # within a folder one types on
  if [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == */ ]]; then compopt -o nospace 2>/dev/null; fi
}
complete -F _sluice sluice
`;

const ZSH = `#compdef sluice
# zsh completion of sluice; to have it from now on: echo 'source <(sluice completion zsh)' >>~/.zshrc (after compinit)
_sluice() {
  local line word about
  local -a found folders
  for line in "\${(@f)$(command sluice __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -n $line ]] || continue
    word=\${line%%$'\\t'*} about=\${line#*$'\\t'}
    if [[ $word == */ ]]; then
      folders+=("$word")
    else
      found+=("\${word//:/\\\\:}\${about:+:$about}")
    fi
  done
  (( $#found == 0 )) || _describe -t sluice sluice found
  (( $#folders == 0 )) || compadd -S '' -- "\${folders[@]}"
}
if [[ $funcstack[1] == _sluice ]]; then
  _sluice "$@"
else
  compdef _sluice sluice
fi
`;

const FISH = `# fish completion of sluice; to have it from now on: sluice completion fish >~/.config/fish/completions/sluice.fish
function __sluice_complete
    set -l words (commandline -opc)
    set -e words[1]
    command sluice __complete -- $words (commandline -ct) 2>/dev/null
end
complete -c sluice -f -a '(__sluice_complete)'
`;

export const SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };

/**
 * Vicuna v1.1, which the paper's authors train with: FastChat's conversation template "vicuna_v1.1" word for word, its `</s>`
 * being the tokenizer's end of text. A system turn replaces the sentence at the beginning.
 */
export const vicunaTemplate = `{%- if messages[0].role == 'system' -%}
{%- set system = messages[0].content -%}
{%- set turns = messages[1:] -%}
{%- else -%}
{%- set system = "A chat between a curious user and an artificial intelligence assistant. The assistant gives helpful, detailed, and polite answers to the user's questions." -%}
{%- set turns = messages -%}
{%- endif -%}
{%- if bos_token -%}{{ bos_token }}{%- endif -%}
{{ system + ' ' }}
{%- for message in turns -%}
{%- if message.role == 'user' -%}
{{ 'USER: ' + message.content + ' ' }}
{%- elif message.role == 'assistant' -%}
{{ 'ASSISTANT: ' + message.content + eos_token }}
{%- else -%}
{{ raise_exception('Vicuna knows no turn of the role ' + message.role) }}
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}
{{ 'ASSISTANT:' }}
{%- endif -%}
`;

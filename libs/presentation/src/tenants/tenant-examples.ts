/** Bodies of requests, each of which can be sent as it is. */
export const CREATE_TENANT_EXAMPLES = {
  plain: { summary: 'With the defaults / 기본값으로', value: { name: '한빛전자' } },
  with_settings: {
    summary: 'With settings of its own / 설정과 함께',
    value: {
      name: '한빛전자',
      monthly_quota_usd: 250,
      settings: { language: 'ko', min_confidence: 0.6, top_k: 8, system_prompt: '항상 존댓말로 답하세요.' },
    },
  },
};

export const CHANGE_TENANT_EXAMPLES = {
  settings: { summary: 'Other settings / 설정 변경', value: { settings: { min_confidence: 0.6, top_k: 8, language: 'ko' } } },
  defaults: {
    summary: 'The defaults again: null / 기본값으로 되돌리기(null)',
    value: { settings: { min_confidence: null, llm_model: null, system_prompt: null } },
  },
  quota: { summary: 'Another quota / 한도 변경', value: { monthly_quota_usd: 250 } },
  suspend: { summary: 'Suspend / 중지', value: { is_active: false } },
  resume: { summary: 'Resume / 다시 활성화', value: { is_active: true } },
};

import { providerAddress, providerOrigin } from './provider-address';

describe('a provider address', () => {
  it('is taken as it is, with its path', () => {
    expect(providerAddress('OPENAI_BASE_URL', 'https://llm.example.com:8443/v1/').href).toBe('https://llm.example.com:8443/v1/');
    expect(providerOrigin('OLLAMA_BASE_URL', 'http://127.0.0.1:11434').origin).toBe('http://127.0.0.1:11434');
  });

  it.each([
    ['secret-host', 'is not an address'],
    ['file:///etc/secret', 'http:// or https://'],
    ['http://user:secret@host', 'user name or password'],
    ['http://host/?key=secret', 'query or fragment'],
  ])('is refused without being repeated: %s', (address, message) => {
    expect(() => providerAddress('OPENAI_BASE_URL', address)).toThrow(message);
    expect(() => providerAddress('OPENAI_BASE_URL', address)).not.toThrow('secret');
  });

  it('may have no path where it must be an origin', () => {
    expect(() => providerOrigin('OLLAMA_BASE_URL', 'http://host/api')).toThrow('OLLAMA_BASE_URL must be an origin');
  });
});

import { ChatGateway } from './chat.gateway';

describe('ChatGateway', () => {
  it('says who says it', () => {
    expect(new ChatGateway().say({ id: '42', name: 'Ada' }, 'hello')).toBe('Ada: hello');
  });
});

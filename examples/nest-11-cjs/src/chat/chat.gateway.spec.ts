import { ChatGateway } from './chat.gateway';

describe('ChatGateway', () => {
  it('says who says it', () => {
    const user = { id: '42', name: 'Ada' };

    expect(new ChatGateway().say(user, { text: 'hello' })).toBe('Ada: hello');
  });
});

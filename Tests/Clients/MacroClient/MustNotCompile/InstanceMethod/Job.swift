// expect: 'send' cannot be a job as an instance method, since a worker has no instance to call it on; make it static
import Roost

struct Mailer {
    @Job func send(id: Int) {}
}

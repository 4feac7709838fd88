import Foundation
import Testing

@testable import RoostCore

@Suite("the options of a call")
struct EnqueueableTests {
    private let job = Sample.Plain(number: 1)

    @Test("a job alone has the options of its type")
    func typeOptions() {
        #expect(Sample.Configured().request.options == Sample.Configured.options)
        #expect(job.request.options == JobOptions())
    }

    @Test("each method sets its option and leaves the others as they are")
    func eachMethod() {
        let date = Date(timeIntervalSince1970: 1000)
        let moment = Timestamp(microseconds: 1_000_000_000)
        let backoff = Backoff.constant(.seconds(2))
        func options(_ change: (inout JobOptions) -> Void) -> JobOptions {
            var options = JobOptions()
            change(&options)
            return options
        }
        #expect(job.queue("mail").options == options { $0.queue = "mail" })
        #expect(job.priority(-5).options == options { $0.priority = -5 })
        #expect(job.delayed(by: .seconds(7)).options == options { $0.start = .after(.seconds(7)) })
        #expect(job.scheduled(at: date).options == options { $0.start = .at(moment) })
        #expect(job.expires(after: .seconds(7)).options == options { $0.expiry = .after(.seconds(7)) })
        #expect(job.expires(at: date).options == options { $0.expiry = .at(moment) })
        #expect(job.timeout(.seconds(7)).options == options { $0.timeout = .seconds(7) })
        #expect(job.retries(2).options == options { $0.retries = 2 })
        #expect(job.backoff(backoff).options == options { $0.backoff = backoff })
        #expect(job.unique(by: "a").options == options { $0.unique = Uniqueness(key: "a") })
        #expect(job.header("a", "b").options == options { $0.headers = ["a": "b"] })
        #expect(job.retention(.hours(2)).options == options { $0.retention = .hours(2) })
        #expect(job.maxCrashes(9).options == options { $0.maxCrashes = 9 })
    }

    @Test("retries may bring a backoff along")
    func retriesWithBackoff() {
        let options = job.retries(2, backoff: .constant(.seconds(2))).options
        #expect(options.retries == 2)
        #expect(options.backoff == .constant(.seconds(2)))
    }

    @Test("retries alone leave the backoff as it is")
    func retriesAlone() {
        #expect(job.backoff(.constant(.zero)).retries(2).options.backoff == .constant(.zero))
    }

    @Test("uniqueness takes a key, a period and states")
    func uniqueness() {
        let options = job.unique(by: "a", for: .hours(1), while: [.ready, .running]).options
        #expect(options.unique == Uniqueness(key: "a", period: .hours(1), states: [.ready, .running]))
    }

    @Test("options compose, upon those of the type")
    func compose() {
        let request = Sample.Configured(number: 2).priority(10).delayed(by: .seconds(60)).timeout(.minutes(5))
        #expect(request.job.number == 2)
        #expect(
            request.options
                == JobOptions(
                    queue: "mail",
                    priority: 10,
                    start: .after(.seconds(60)),
                    timeout: .minutes(5),
                    retries: 4
                )
        )
    }

    @Test("of an option set twice the later value holds")
    func laterHolds() {
        #expect(job.priority(1).priority(2).options.priority == 2)
        #expect(job.scheduled(at: Date()).delayed(by: .seconds(1)).options.start == .after(.seconds(1)))
        #expect(job.header("a", "1").header("b", "2").header("a", "3").options.headers == ["a": "3", "b": "2"])
    }
}

@Suite("JobState")
struct JobStateTests {
    @Test("each state is either finished or unfinished")
    func partition() {
        #expect(JobState.finished.isDisjoint(with: JobState.unfinished))
        #expect(JobState.finished.union(JobState.unfinished) == Set(JobState.allCases))
    }

    @Test(
        "a job has ended once it succeeded, failed, was cancelled, expired or was skipped",
        arguments: JobState.allCases
    )
    func isFinished(state: JobState) {
        #expect(state.isFinished == [.succeeded, .failed, .cancelled, .expired, .skipped].contains(state))
    }

    @Test("a state is stored under its own name")
    func names() {
        let names = "scheduled ready held running waiting succeeded failed cancelled expired skipped"
        #expect(JobState.allCases.map(\.rawValue) == names.split(separator: " ").map(String.init))
    }
}

/// The jobs of a graph and the edges between them, by number, before anything has an id.
///
/// Parents come before their children, and jobs stand in the order in which a graph's handles are read.
struct GraphShape: Sendable {
    typealias MakeJob = @Sendable (_ preparer: JobPreparer, _ openings: [String: InputSource]) throws -> NewJob

    struct Node: Sendable {
        let make: MakeJob
        let kind: String
        var openings: [String: InputSource] = [:]
        /// The position of its next edge.
        var nextPosition: Int32 = 0
        /// Whether it stands beside the graph: it handles a failure, or cleans up.
        var isBeside = false
    }

    struct Edge: Sendable, Equatable {
        var parent: Int
        var child: Int
        var condition: EdgeCondition
        var position: Int32
        var carriesValue: Bool
    }

    /// An argument whose value comes from outside of this shape.
    private struct OpenArgument: Sendable {
        var node: Int
        var key: String
        var token: InputToken
    }

    /// More edges than a store could take in one transaction; a large group after a large group multiplies them.
    static let edgeLimit = 1_000_000

    private(set) var nodes: [Node] = []
    private(set) var edges: [Edge] = []
    /// The jobs that what follows waits for.
    var ends: [Int] = []
    private var open: [OpenArgument] = []
    private var problem: GraphError?

    /// A graph without jobs.
    init() {}

    /// A graph of one job.
    init(job make: @escaping MakeJob, kind: String, inputs: [(key: String, token: InputToken)] = []) {
        self.nodes = [Node(make: make, kind: kind)]
        self.ends = [0]
        self.open = inputs.map { OpenArgument(node: 0, key: $0.key, token: $0.token) }
    }

    /// The jobs that are not beside the graph.
    var mainNodes: [Int] { nodes.indices.filter { !nodes[$0].isBeside } }

    /// A shape that was put behind this one.
    struct Part {
        /// The numbers of its jobs in the whole.
        let nodes: Range<Int>
        /// Its ends, by those numbers.
        let ends: [Int]
        fileprivate let firstOpen: Int
    }

    /// Adds the jobs of `other`, not connected to those that are there; the ends stay as they are.
    mutating func append(_ other: GraphShape, beside: Bool = false) -> Part {
        let offset = nodes.count
        let part = Part(
            nodes: offset..<offset + other.nodes.count,
            ends: other.ends.map { $0 + offset },
            firstOpen: open.count
        )
        nodes += other.nodes
        if beside {
            for index in part.nodes { nodes[index].isBeside = true }
        }
        for var edge in other.edges {
            edge.parent += offset
            edge.child += offset
            edges.append(edge)
        }
        for var argument in other.open {
            argument.node += offset
            open.append(argument)
        }
        problem = problem ?? other.problem
        return part
    }

    /// What a bound value is made of.
    enum Value {
        case output
        case failure
        case outcome
        case outputs
        case outcomes
        case failures

        func source(first: Int32, count: Int32) -> InputSource {
            switch self {
            case .output: .output(position: first)
            case .failure: .failure(position: first)
            case .outcome: .outcome(position: first)
            case .outputs: .outputs(first: first, count: count)
            case .outcomes: .outcomes(first: first, count: count)
            case .failures: .failures(first: first, count: count)
            }
        }

        var isOfOneJob: Bool {
            switch self {
            case .output, .failure, .outcome: true
            case .outputs, .outcomes, .failures: false
            }
        }

        /// How the jobs it is made of must end.
        var condition: EdgeCondition {
            switch self {
            case .output, .outputs: .success
            case .failure: .failure
            case .outcome, .outcomes, .failures: .always
            }
        }
    }

    /// A value that a closure was given: what it is, and of which jobs.
    struct Input {
        let token: InputToken
        let parents: [Int]
        let value: Value
    }

    /// Gives the jobs in `part` that use an input edges from the jobs it comes from, and lets those that would begin
    /// `part` wait for all of them, used or not.
    mutating func connect(_ inputs: [Input], to part: Part) {
        let roots = roots(of: part)
        for input in inputs {
            let users = bind(input, in: part)
            for root in roots where users[root] == nil {
                addEdges(from: input.parents, to: root, input.value.condition, carryValue: false)
            }
        }
    }

    /// Lets the jobs that would begin `part` wait for all of `parents`.
    mutating func connect(_ parents: [Int], to part: Part, _ condition: EdgeCondition) {
        for root in roots(of: part) { addEdges(from: parents, to: root, condition, carryValue: false) }
    }

    private func roots(of part: Part) -> [Int] {
        part.nodes.filter { nodes[$0].nextPosition == 0 }
    }

    /// Fills the arguments in `part` that are `input`. Answers the jobs that have some.
    private mutating func bind(_ input: Input, in part: Part) -> [Int: InputSource] {
        var sources: [Int: InputSource] = [:]
        var rest: [OpenArgument] = []
        for argument in open[part.firstOpen...] {
            guard argument.token == input.token else {
                rest.append(argument)
                continue
            }
            // A job that uses the value for two arguments needs its edges once.
            let source = sources[argument.node] ?? addInput(input, of: argument.node)
            sources[argument.node] = source
            nodes[argument.node].openings[argument.key] = source
        }
        open.replaceSubrange(part.firstOpen..., with: rest)
        return sources
    }

    private mutating func addInput(_ input: Input, of child: Int) -> InputSource {
        if input.value.isOfOneJob, input.parents.count != 1 { problem = problem ?? .nothingToHandOn }
        let first = nodes[child].nextPosition
        addEdges(from: input.parents, to: child, input.value.condition, carryValue: true)
        return input.value.source(first: first, count: nodes[child].nextPosition - first)
    }

    private mutating func addEdges(
        from parents: [Int],
        to child: Int,
        _ condition: EdgeCondition,
        carryValue: Bool
    ) {
        guard edges.count + parents.count <= Self.edgeLimit else {
            problem = problem ?? .tooManyEdges(limit: Self.edgeLimit)
            return
        }
        for parent in parents {
            let position = nodes[child].nextPosition
            nodes[child].nextPosition += 1
            edges.append(
                Edge(parent: parent, child: child, condition: condition, position: position, carriesValue: carryValue)
            )
        }
    }

    /// Lets what follows wait for `part`; for what was there before, where `part` has no jobs.
    mutating func end(in part: Part) {
        if !part.nodes.isEmpty { ends = part.ends }
    }

    /// The batch that stores the graph.
    ///
    /// - Parameter graph: the graph that the jobs belong to; nil: that of the first, where there is more than one.
    func batch(using preparer: JobPreparer, in graph: JobID? = nil) throws -> EnqueueBatch {
        if let problem { throw problem }
        if let argument = open.first {
            throw GraphError.valueOutOfScope(kind: nodes[argument.node].kind, key: argument.key)
        }
        var jobs: [NewJob] = []
        jobs.reserveCapacity(nodes.count)
        for node in nodes { jobs.append(try node.make(preparer, node.openings)) }
        if let graph = graph ?? (jobs.count > 1 ? jobs[0].id : nil) {
            for index in jobs.indices { jobs[index].graph = graph }
        }
        let edges = edges.map { edge in
            NewEdge(
                parent: jobs[edge.parent].id,
                child: jobs[edge.child].id,
                condition: edge.condition,
                position: edge.position,
                carriesValue: edge.carriesValue
            )
        }
        return EnqueueBatch(jobs: jobs, edges: edges)
    }
}
